"""How clients read our answers, each rule under a name that the recorded exchanges use."""

from collections.abc import Mapping

from tests.clients.readings import chat, gateways, images, models, refusals, responses, videos
from tests.clients.readings.reading import Reading

READINGS: Mapping[str, Reading] = {
    **chat.READINGS,
    **gateways.READINGS,
    **images.READINGS,
    **models.READINGS,
    **refusals.READINGS,
    **responses.READINGS,
    **videos.READINGS,
}
