"""Everything that is kept in the database, each by its name."""

from dataclasses import dataclass

from dreambridge.store.accounts import Accounts
from dreambridge.store.api_keys import ApiKeys
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.assets import Assets
from dreambridge.store.conversations import Conversations
from dreambridge.store.database import Database
from dreambridge.store.inputs import Inputs
from dreambridge.store.jobs import Jobs
from dreambridge.store.live_lists import LiveLists
from dreambridge.store.server_accounts import ServerAccounts
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
    assets: Assets
    live_lists: LiveLists
    conversations: Conversations
    accounts: Accounts
    server_accounts: ServerAccounts
    keys: ApiKeys


def open_stores(database: Database) -> Stores:
    """Put the stores on a database."""
    return Stores(
        jobs=Jobs(database),
        artifacts=Artifacts(database),
        sessions=Sessions(database),
        timings=Timings(database),
        uploads=Uploads(database),
        inputs=Inputs(database),
        assets=Assets(database),
        live_lists=LiveLists(database),
        conversations=Conversations(database),
        accounts=Accounts(database),
        server_accounts=ServerAccounts(database),
        keys=ApiKeys(database),
    )
