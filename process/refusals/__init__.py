"""Every "no" that a person can hear, each a class with its evidence in fields and its sentence in one place.

Refusal
├── UnknownAct              no act of that name
├── BadMessage              the message is not as its act wants it
├── WrongRole               the act belongs to another role
├── NotNamed                the role is held by named people, and this is none of them
├── AlreadyNamed            delegated to somebody who holds the role already
├── ReasonMissing           the act needs a reason
├── RecordFull              the record keeps no more remarks and no long reasons
├── CaseClosed              the renewal has ended
├── WithdrawalUnderWay      the renewal is being taken back
├── WorkUnderWay            ordered work is not finished
├── StepNotOpen             steps before it are not done
├── StepNotNeeded           nothing on the tenant asks for it
├── StepAlreadyDone         it was done before
├── RootNotConfirmed        nobody vouched for the load balancer root
├── CertificateUndecided    nobody decided on a certificate that needs a person
├── FactsChanged            what the person was shown is no longer so
├── WouldRefuse             a certificate that may be presented would be refused  (can be overridden)
├── PinningUnknown          nobody said whether a service key is pinned
├── NotLookedAt             a part of the tenant could not be read          (can be overridden)
├── CertificateReturned     the certificate has faults                      (can be overridden)
├── NoCertificate           there is nothing to return
├── TooLateToReplace        the switch was confirmed
├── WithdrawUnsafe          the sender may present the new certificate      (can be overridden)
├── NotReleased             there is no switch to take back
├── TooLateToSwitchBack     the old certificate is no longer accepted
├── TooLateToWithdraw       likewise, for the whole renewal
├── GuardUnknown            no such guard, or it cannot be lifted
└── SenderNotTyped          an override needs the name of the sender
"""

from process.refusals.base import Refusal
from process.refusals.promise import (
    CertificateReturned,
    CertificateUndecided,
    FactsChanged,
    NotLookedAt,
    PinningUnknown,
    RootNotConfirmed,
    WithdrawUnsafe,
    WouldRefuse,
)
from process.refusals.requests import (
    AlreadyNamed,
    BadMessage,
    GuardUnknown,
    NotNamed,
    ReasonMissing,
    RecordFull,
    SenderNotTyped,
    UnknownAct,
    WrongRole,
)
from process.refusals.standing import (
    CaseClosed,
    NoCertificate,
    NotReleased,
    StepAlreadyDone,
    StepNotNeeded,
    StepNotOpen,
    TooLateToReplace,
    TooLateToSwitchBack,
    TooLateToWithdraw,
    WithdrawalUnderWay,
    WorkUnderWay,
)

__all__ = [
    "AlreadyNamed",
    "BadMessage",
    "CaseClosed",
    "CertificateReturned",
    "CertificateUndecided",
    "FactsChanged",
    "GuardUnknown",
    "NoCertificate",
    "NotLookedAt",
    "NotNamed",
    "NotReleased",
    "PinningUnknown",
    "ReasonMissing",
    "RecordFull",
    "Refusal",
    "RootNotConfirmed",
    "SenderNotTyped",
    "StepAlreadyDone",
    "StepNotNeeded",
    "StepNotOpen",
    "TooLateToReplace",
    "TooLateToSwitchBack",
    "TooLateToWithdraw",
    "UnknownAct",
    "WithdrawUnsafe",
    "WithdrawalUnderWay",
    "WorkUnderWay",
    "WouldRefuse",
    "WrongRole",
]
