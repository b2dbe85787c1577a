"""Writes records as the history call shows them (shapes: `contract/samples/history`)."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dreambridge.simulator.envelope import dump
from dreambridge.simulator.footage import generation_part, transcoded_video, video_part
from dreambridge.simulator.market import Market
from dreambridge.simulator.progress import DRAWING, QUEUE_LENGTH, Phase
from dreambridge.simulator.record import Clip, Record
from dreambridge.simulator.signature import media_signature

_COVER_SIDES = (360, 480, 720, 1080, 2400, 4096)
_POLLING: Mapping[str, int] = {"interval_seconds": 30, "timeout_seconds": 86400}
_VIDEO_EFFECT = 53  # the number itself was never published
_CANCELLED = "你已取消生成，积分已返还"


@dataclass(frozen=True, slots=True)
class Scribe:
    """Write records for one site. `base_url` is where media are fetched; addresses live `url_seconds`."""

    market: Market
    base_url: str
    url_seconds: float
    picture_format: str

    def record_text(self, record: Record, now: float) -> str:
        """Return a record as JSON text. The text is kept until the record shows something else."""
        phase = record.phase(now)
        # Addresses are signed anew when half of their life is over.
        signing = int(now / max(self.url_seconds / 2, 0.001)) if phase.items else 0
        key = (phase, self, signing)
        if record.cache_key != key:
            record.cache_text = dump(self.record(record, phase, now))
            record.cache_key = key
        return record.cache_text

    def record(self, record: Record, phase: Phase, now: float) -> dict[str, Any]:
        """Return a record as a value."""
        wish, ending = record.wish, record.scenario.ending
        cancelled = record.cancelled_at is not None
        failed = phase.ended and (cancelled or not ending.delivers)
        silent = bool({"reason_in_task", "reason_in_result"} & record.scenario.shape)
        finish = self._finish_time(record, phase)
        items = [self.item(record, index, now) for index in range(phase.items)]
        shown: dict[str, Any] = {
            "generate_type": wish.kind,
            "history_record_id": record.record_id,
            "origin_history_record_id": None,
            "created_time": round(record.accepted_at, 3),
            "item_list": items,
            "origin_item_list": [],
            "task": self._task(record, phase, finish),
            "mode": "workbench",
            "uid": "",
            "status": phase.status,
            "history_group_key": hashlib.md5(wish.prompt.encode(), usedforsecurity=False).hexdigest(),
            "submit_id": wish.submit_id,
            "generate_id": record.record_id,
            "finish_time": finish,
            "model_info": {"model_name": record.model_name, "model_req_key": wish.model},
            **self.forecast(record, phase, now),
            "queue_info": self.queue_info(phase),
            "total_image_count": wish.count if phase.status == DRAWING or phase.ended else 0,
            "finished_image_count": phase.items,
            "image_type": 3,
            "fail_code": _fail_code(record) if failed and not cancelled else "",
            "fail_msg": "" if silent else self._fail_msg(record, phase),
            "fail_starling_key": ending.key if failed and not cancelled else "",
            "fail_starling_message": (_CANCELLED if cancelled else ending.message) if failed else "",
        }
        if failed and "reason_in_result" in record.scenario.shape:
            shown["gen_result_data"] = {"result_msg": ending.fail_msg}
        if phase.ended:
            shown["draft_content"] = wish.draft
            shown["asset_ids"] = []
        if "no_finish_time" in record.scenario.shape or not phase.ended:
            del shown["finish_time"]
        return shown

    def forecast(self, record: Record, phase: Phase, now: float) -> dict[str, float]:
        """Return the two forecasts, in seconds. They tell the mean, never what was drawn for this record."""
        waiting = 0.0
        if phase.queue_status == 1 and record.life.queue != float("inf"):
            waiting = max(0.0, record.accepted_at + record.life.queue - now)
        elif phase.queue_status == 1:
            waiting = 1800.0
        generating = 0.0 if phase.ended else record.forecast
        return {"forecast_generate_cost": _seconds(generating), "forecast_queue_cost": _seconds(waiting)}

    def queue_info(self, phase: Phase) -> dict[str, Any]:
        """Return the place in the queue."""
        return {
            "queue_idx": phase.queue_idx,
            "priority": 3,
            "queue_status": phase.queue_status,
            "queue_length": QUEUE_LENGTH if phase.queue_status == 1 else 0,
            "polling_config": _POLLING,
            "priority_queue_display_threshold": {"vip_queuing_time_threshold": 300, "waiting_time_threshold": 60},
        }

    def item(self, record: Record, index: int, now: float, quality: str = "origin") -> dict[str, Any]:
        """Return one picture or video of a record; `quality` is of a video's address: origin or hq."""
        if record.wish.clip is not None:
            return self._video_item(record, record.wish.clip, index, now, quality)
        wish = record.wish
        uri = record.item_uri(self.market.bucket, index)
        large = self.address(uri, 0, self.picture_format, now)
        image = {
            "image_uri": uri,
            "image_url": large,
            "width": wish.size[0],
            "height": wish.size[1],
            "format": self.picture_format,
            "size": 0,
        }
        cover_only = "cover_only" in record.scenario.shape
        return {
            "common_attr": self.attributes(record, index, now, large if cover_only else ""),
            "image": {"format": self.picture_format, "large_images": [] if cover_only else [image]},
            "aigc_image_params": {
                "generate_type": wish.kind,
                "text2image_params": {
                    "prompt": wish.prompt,
                    "user_negative_prompt": wish.negative,
                    "seed": wish.seed,
                    "model_config": {"model_name": record.model_name, "model_req_key": wish.model},
                },
            },
            "author": None,
        }

    def _video_item(self, record: Record, clip: Clip, index: int, now: float, quality: str) -> dict[str, Any]:
        uri = record.item_uri(self.market.bucket, index)

        def address(name: str) -> str:
            return self.video_address(uri, quality if name == "origin" else name, now)

        attributes = self.attributes(record, index, now) | {"effect_type": _VIDEO_EFFECT}
        cover = attributes["cover_url"]
        if self.market.cluster == "asia" or "url_attr" in record.scenario.shape:
            # Seen on the Asian sites.
            attributes["transcoded_video"] = transcoded_video(record, clip, uri, address, cover)
        return {
            "common_attr": attributes,
            "video": video_part(record, clip, uri, address, cover),
            "aigc_image_params": generation_part(record, clip),
            "author": None,
        }

    def attributes(self, record: Record, index: int, now: float, cover: str = "") -> dict[str, Any]:
        """Return what is said of every item, picture or video."""
        uri, item_id = record.item_uri(self.market.bucket, index), record.item_id(self.market.bucket, index)
        width, height = record.wish.size
        return {
            "id": item_id,
            "effect_id": item_id,
            "effect_type": 9,
            "local_item_id": item_id,
            "title": "",
            "description": record.wish.prompt,
            "cover_url": cover or self.address(uri, 1080, "webp", now),
            "cover_uri": uri,
            "cover_height": height,
            "cover_width": width,
            "cover_url_map": {str(side): self.address(uri, side, "webp", now) for side in _COVER_SIDES},
            "item_urls": [""],
            "md5": "",
            "create_time": int(record.accepted_at),
            "status": 144,  # a review state, not the state of the generation
            "review_info": {"review_status": 1, "review_code_list": []},
            "aspect_ratio": round(width / height, 4),
            "publish_source": "user_post_mweb_item",
            "has_published": False,
            "collection_ids": [],
            "extra": "",
            "update_time": 0,
            "smart_crop_loc": None,
        }

    def address(self, uri: str, side: int, form: str, now: float) -> str:
        """Return a signed address of a stored image, no side longer than `side` pixels (0: full size)."""
        expires = int(now + self.url_seconds)
        extension = "jpeg" if form == "jpeg" else form
        template = uri.partition("/")[0].rpartition("-")[2]
        return (
            f"{self.base_url}/{uri}~tplv-{template}-aigc_resize:{side}:{side}.{extension}?lk3s=43402efa"
            f"&x-expires={expires}&x-signature={media_signature(uri, expires)}&format=.{extension}"
        )

    def video_address(self, uri: str, quality: str, now: float) -> str:
        """Return a signed address of a video: origin, hq (what downloads get) or a smaller copy."""
        expires = int(now + self.url_seconds)
        return (
            f"{self.base_url}/{uri}~video-{quality}.mp4?lk3s=43402efa"
            f"&x-expires={expires}&x-signature={media_signature(uri, expires)}"
        )

    def _task(self, record: Record, phase: Phase, finish: int) -> dict[str, Any]:
        ending = record.scenario.ending
        cancelled = record.cancelled_at is not None
        failed = phase.ended and not ending.delivers
        status = ending.task if phase.ended and not cancelled else phase.status
        task: dict[str, Any] = {
            "task_id": record.record_id,
            "submit_id": record.wish.submit_id,
            "aid": 0,
            "status": status,
            "finish_time": finish,
            "history_id": record.record_id,
            "task_payload": None,
            "original_input": None,
            "req_first_frame_image": None,
        }
        if failed and not cancelled and "reason_in_result" not in record.scenario.shape:
            task["resp_ret"] = {"errmsg": ending.fail_msg}
        return task

    def _finish_time(self, record: Record, phase: Phase) -> int:
        if not phase.ended or "no_finish_time" in record.scenario.shape:
            return 0
        if record.cancelled_at is not None:
            return math.ceil(record.cancelled_at)
        return math.ceil(record.accepted_at + record.life.end)

    def _fail_msg(self, record: Record, phase: Phase) -> str:
        if not phase.ended:
            return ""
        return "TaskCanceled" if record.cancelled_at is not None else record.scenario.ending.fail_msg


def _fail_code(record: Record) -> str | int:
    code = record.scenario.ending.fail_code
    return int(code) if "fail_code_number" in record.scenario.shape else code


def _seconds(value: float) -> float:
    """Round as the site does, to whole seconds; a fast clock keeps its fractions."""
    return round(value) if value >= 1 or value == 0 else round(value, 3)
