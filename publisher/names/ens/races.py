"""Find out whether another machine with the same key was first, and whether a step still may change the name."""

from __future__ import annotations

from publisher.errors import RecordMoved
from publisher.names.ens.chain_state import ChainState
from publisher.names.ens.decide import Action, SendAction, SignAction, StopAction
from publisher.names.ens.job import TransactionJob
from publisher.names.ens.nonces import Nonces


def reason_to_leave(action: Action, nonces: Nonces, job: TransactionJob, just_signed: str) -> str:
    """Return the reason why the name must not move now, or "" if `action` may be done.

    `job.before_move` is called before the first transaction of a change is signed. It is also called before this run
    sends a transaction that an earlier run signed. `just_signed` is the hash of the last transaction that this run
    signed, or "". A sent transaction may be mined at any time. So `job.before_move` is not called before such a
    transaction is sent again or its fee is raised. Raises the PublishError of `job.before_move`.
    """
    if job.before_move is None or not isinstance(action, SignAction | SendAction):
        return ""
    if any(attempt.was_sent and attempt.makes(job.call) for attempt in nonces.open):
        return ""
    if isinstance(action, SendAction) and (action.attempt.was_sent or action.attempt.hash == just_signed):
        return ""
    return job.before_move()


def lost_race(action: Action, nonces: Nonces, state: ChainState, job: TransactionJob) -> bool:
    """Return whether `action` stops because another machine with the same key has changed the record.

    Such a machine has used a nonce since the change was planned. Return False if
    `job.before_move` is None: nothing can then say which of the two records is newer, so the run has to stop.
    """
    if job.before_move is None or job.planned_nonce is None:
        return False
    if not isinstance(action, StopAction) or not isinstance(action.error, RecordMoved):
        return False
    own = {attempt.signed.nonce for attempt in nonces.attempts if attempt.mined is not None}
    return any(nonce not in own for nonce in range(job.planned_nonce, state.nonce))
