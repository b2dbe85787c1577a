"""What each kind of error means and what to do about it, in English and Chinese.

Answers to callers and `docs/errors.md` are made from these texts; nothing else words a remedy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dreambridge.domain import errors as e


class Language(StrEnum):
    """Languages remedies are written in."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True, slots=True)
class Advice:
    """The cause of an error and its remedy, a sentence or two each, in both languages."""

    cause: str
    remedy: str
    cause_zh: str
    remedy_zh: str

    def remedy_in(self, language: Language) -> str:
        """Give the remedy in one of our languages."""
        return self.remedy_zh if language is Language.ZH else self.remedy


ADVICE: Final[Mapping[type, Advice]] = MappingProxyType(
    {
        e.GatewayError: Advice(
            "An error without a class of its own.",
            "Report it with the x-request-id of this answer.",
            "没有专门类别的错误。",
            "请附上本次响应的 x-request-id 反馈。",
        ),
        e.RequestError: Advice(
            "The request cannot be carried out as it is.",
            "Read the message, change the request and send it again.",
            "请求无法按原样执行。",
            "请阅读错误信息，修改请求后重新发送。",
        ),
        e.InvalidRequest: Advice(
            "The body, a header or a field cannot be read or has an impossible value.",
            "Correct the field named in `param` and send the request again; nothing was spent.",
            "请求体、请求头或某个字段无法读取，或取值不可能。",
            "请改正 `param` 指出的字段后重新发送；未消耗任何积分。",
        ),
        e.BodyTooLarge: Advice(
            "The request body has more bytes than the server accepts.",
            "Send a smaller body, or raise DREAMBRIDGE_MAX_BODY_BYTES on the server.",
            "请求体超过服务器允许的大小。",
            "请缩小请求体，或在服务器上调大 DREAMBRIDGE_MAX_BODY_BYTES。",
        ),
        e.UnsupportedOption: Advice(
            "The option is understood, but this model, site or gateway cannot do it.",
            "Choose one of the values named in the message, or leave the field out; nothing was spent.",
            "该选项可以识别，但此模型、站点或网关不支持。",
            "请改用错误信息中列出的取值，或去掉该字段；未消耗任何积分。",
        ),
        e.MethodNotAllowed: Advice(
            "The address exists, but not for this HTTP method.",
            "Use one of the methods in the Allow header.",
            "该地址存在，但不支持此 HTTP 方法。",
            "请使用 Allow 响应头中列出的方法。",
        ),
        e.CostTooHigh: Advice(
            "The request is forecast to cost more than its max_credits allows.",
            "Raise max_credits, or ask for fewer, smaller or shorter results or a cheaper model; nothing was spent.",
            "预计积分超过了请求中 max_credits 允许的上限。",
            "请调高 max_credits，或减少数量、降低分辨率或时长、换用更便宜的模型；未消耗任何积分。",
        ),
        e.CostUnknown: Advice(
            "The price is not known beforehand, so that a limit of credits cannot be kept to.",
            "Leave max_credits out, or choose a model and a resolution with a known price; nothing was spent.",
            "无法预知所需积分，因此不能保证不超过 max_credits。",
            "请去掉 max_credits，或选择已知价格的模型和分辨率；未消耗任何积分。",
        ),
        e.InputUnusable: Advice(
            "An input picture, video or sound cannot be used.",
            "The message names the input and what is wrong with it: send a file in a common format and within its "
            "limits, an address that this server can reach, or the id of something of yours.",
            "输入的图片、视频或音频无法使用。",
            "错误信息指出了是哪个输入、问题何在：请使用常见格式且不超限的文件、服务器可访问的网址，"
            "或您自己的素材与结果的 id。",
        ),
        e.NotAuthenticated: Advice(
            "No credential came with the request, or none that is known.",
            "Send `Authorization: Bearer …` with a session id, a gateway key, or `sandbox` to try without an account.",
            "请求没有携带凭据，或凭据无法识别。",
            "请在 `Authorization: Bearer …` 中携带会话 ID 或网关密钥；无账号试用可填 `sandbox`。",
        ),
        e.NotPermitted: Advice(
            "The request is understood and refused by a rule of this server.",
            "Use a credential that may do this, or ask the operator to allow it.",
            "请求已理解，但被服务器规则拒绝。",
            "请使用有权限的凭据，或请管理员放行。",
        ),
        e.UnknownModel: Advice(
            "No model has this name.",
            "Take a name from GET /v1/models; the message gives the nearest ones.",
            "没有这个名称的模型。",
            "请从 GET /v1/models 中选择名称；错误信息给出了最接近的名称。",
        ),
        e.JobNotFound: Advice(
            "There is no such job, task, artifact or asset for this credential; it may be deleted or expired.",
            "Check the id, and ask with the credential that created it.",
            "此凭据下没有这个任务、作品或素材，可能已删除或过期。",
            "请检查 ID，并使用创建它的凭据查询。",
        ),
        e.UnknownRoute: Advice(
            "The address does not exist on this server.",
            "Check the path; the base URL of OpenAI clients ends in /v1.",
            "服务器上没有这个地址。",
            "请检查路径；OpenAI 客户端的 base URL 应以 /v1 结尾。",
        ),
        e.JobCancelled: Advice(
            "The job was cancelled by its owner.",
            "Send the request again if the picture is still wanted.",
            "任务已被其所有者取消。",
            "如仍需要该图片，请重新发送请求。",
        ),
        e.ContentRefused: Advice(
            "The site refuses the prompt, an input or the result under its content rules.",
            "Reword the prompt or change the input; sending the same again gives the same answer.",
            "站点根据内容规则拒绝了提示词、输入或结果。",
            "请修改提示词或输入；原样重发会得到同样的结果。",
        ),
        e.CapacityError: Advice(
            "The server or an account cannot take the work now.",
            "The operator has to look at accounts and limits.",
            "服务器或账号目前无法承接任务。",
            "请管理员检查账号与限额。",
        ),
        e.QueueFull: Advice(
            "Too many jobs wait, or the disk has no room for another.",
            "Wait as long as Retry-After says; the operator can raise DREAMBRIDGE_QUEUE_MAX or free disk space.",
            "排队任务过多，或磁盘空间不足。",
            "请按 Retry-After 等待；管理员可调大 DREAMBRIDGE_QUEUE_MAX 或清理磁盘。",
        ),
        e.RateLimited: Advice(
            "Sessions were asked about more often than this server asks the sites in a minute.",
            "Wait as long as Retry-After says, and ask about each session once in a while only.",
            "查询会话过于频繁，超过了本服务器每分钟向站点查询的上限。",
            "请按 Retry-After 等待，并降低查询同一会话的频率。",
        ),
        e.KeyLimited: Advice(
            "The gateway key has as many jobs under way, or made as many within a minute, as it may.",
            "Wait as long as Retry-After says; the operator can raise the limit with PATCH /v1/keys/{id}.",
            "网关密钥的并发任务数或每分钟请求数已达上限。",
            "请按 Retry-After 等待；管理员可通过 PATCH /v1/keys/{id} 调高限额。",
        ),
        e.SiteBusy: Advice(
            "The site limits how fast or how much at once this account may generate.",
            "Wait as long as Retry-After says, or lower DREAMBRIDGE_ACCOUNT_CONCURRENCY.",
            "站点限制了该账号的生成频率或并发。",
            "请按 Retry-After 等待，或调低 DREAMBRIDGE_ACCOUNT_CONCURRENCY。",
        ),
        e.OutOfCredit: Advice(
            "The account has too little credit, or no right to this model or resolution.",
            "Add credit on the site, wait for the daily credit, or use another account, model or resolution.",
            "账号积分不足，或无权使用该模型或分辨率。",
            "请在站点充值、等待每日积分，或更换账号、模型、分辨率。",
        ),
        e.KeySpent: Advice(
            "The gateway key has used up its credits of the day.",
            "Wait for midnight UTC, ask for less, or have the operator raise credits_per_day of the key.",
            "网关密钥当日的积分额度已用完。",
            "请等到 UTC 零点、减少请求，或请管理员调高该密钥的 credits_per_day。",
        ),
        e.SessionExpired: Advice(
            "The session is no longer signed in on its site.",
            "Sign in on the site in a browser and use the new session id.",
            "会话在站点上已失效。",
            "请在浏览器中重新登录站点，并使用新的会话 ID。",
        ),
        e.AccountBarred: Advice(
            "The site has stopped this account or asks for a check that only a person can do.",
            "Open the site in a browser with this account and do what it asks; until then use another account.",
            "站点停用了该账号，或要求人工验证。",
            "请用该账号在浏览器中打开站点并按提示处理；在此之前请使用其他账号。",
        ),
        e.NoAccountReady: Advice(
            "No account can take the job now: there is none, or all are cooling down, out of credit or signed out.",
            "Wait as long as Retry-After says; the operator can add an account (`dreambridge accounts add`) or renew a "
            "session.",
            "目前没有可用账号：尚未添加，或都在冷却、积分不足、已失效。",
            "请按 Retry-After 等待；管理员可添加账号（`dreambridge accounts add`）或更新会话。",
        ),
        e.SiteError: Advice(
            "The site failed.",
            "Try again later; look at the site itself if it lasts.",
            "站点发生故障。",
            "请稍后再试；若持续出现，请直接访问站点确认。",
        ),
        e.SiteUnreachable: Advice(
            "The site could not be reached; nothing was submitted.",
            "Check the server's network and proxy (`dreambridge doctor`), then send the request again.",
            "无法连接站点；没有提交任何内容。",
            "请检查服务器网络与代理（`dreambridge doctor`）后重新发送请求。",
        ),
        e.SiteRefused: Advice(
            "The site refused with a code that fits no other class.",
            "Look up `site_code`, change the request or the account, and report the code if it is new.",
            "站点以其他类别之外的代码拒绝了请求。",
            "请查看 `site_code`，调整请求或账号；若为新代码请反馈。",
        ),
        e.GenerationFailed: Advice(
            "The site accepted the generation and did not make it.",
            "Look at `charged` first, then send the request again if you want another attempt.",
            "站点接受了生成任务但未能完成。",
            "请先查看 `charged`，如需再试请重新发送请求。",
        ),
        e.AnswerUnreadable: Advice(
            "The site answered in a form we do not know: its protocol has probably changed.",
            "Update Dreambridge; if it is current, run `dreambridge doctor` and report what it says.",
            "站点的响应格式无法识别，协议可能已变化。",
            "请更新 Dreambridge；若已是最新版，请运行 `dreambridge doctor` 并反馈结果。",
        ),
        e.SubmissionUnconfirmed: Advice(
            "The paid call was sent, and the site never said what became of it.",
            "Look at the site's own history before sending again: credit may be spent. The job is still looked for.",
            "付费请求已发出，但站点始终没有确认结果。",
            "重发前请先查看站点的历史记录：积分可能已扣除。系统仍会继续查找该任务。",
        ),
        e.StillRunning: Advice(
            "The wait ended before the job did; the job goes on.",
            "Fetch the result from the address in the Location header; the same request again joins the same job.",
            "等待时间已到，任务仍在继续。",
            "请从 Location 响应头中的地址获取结果；重发相同请求会接上同一任务。",
        ),
        e.GatewayFault: Advice(
            "A fault of the gateway itself.",
            "Report it with the x-request-id of this answer; the server's log has the details.",
            "网关自身发生故障。",
            "请附上本次响应的 x-request-id 反馈；详情见服务器日志。",
        ),
    }
)
"""Advice by class; every class of the tree has its own row."""


def advice_for(kind: type[e.GatewayError]) -> Advice:
    """Find the advice of a class, or of the nearest class above it."""
    for ancestor in kind.__mro__:
        if ancestor in ADVICE:
            return ADVICE[ancestor]
    return ADVICE[e.GatewayError]
