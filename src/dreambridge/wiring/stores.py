"""Everything that is kept in the database, each by its name."""

from dataclasses import dataclass

from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.inputs import Inputs
from dreambridge.store.jobs import Jobs
from dreambridge.store.sessions import Sessions
from dreambridge.store.timings import Timings
from dreambridge.store.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is kept on disk but bytes."""

    jobs: Jobs
    artifacts: Artifacts
    sessions: Sessions
    timings: Timings
    uploads: Uploads
    inputs: Inputs


def open_stores(database: Database) -> Stores:
    """Put the stores on a database."""
    return Stores(
        Jobs(database), Artifacts(database), Sessions(database), Timings(database), Uploads(database), Inputs(database)
    )
