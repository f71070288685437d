"""An ordinary company with its CAs, and how a test hands something over to it. Shared by the tests."""

from dataclasses import dataclass

from certificates_forge import DAY, NOW, Made, authority, leaf

from certificates.policy import Policy
from certificates.report import Inspection, Report, inspect
from process.facts import Finding


@dataclass(frozen=True)
class House:
    """The CAs of an ordinary company, its list of roots, and the current certificate of its sender."""

    root: Made
    issuing: Made
    old: Made

    @property
    def policy(self) -> Policy:
        """The root is on the list."""
        return Policy(load_balancer_roots=self.root.pem)

    def report(self, *handed: Made | str | bytes, policy: Policy | None = None, old: Made | None = None) -> Report:
        """The report on certificates, texts or bytes handed over together."""
        parts = [part.pem if isinstance(part, Made) else part for part in handed]
        data = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
        facts = old.facts if old else None
        return inspect(data, Inspection(NOW, policy or self.policy, facts))

    def with_chain(self, certificate: Made, **options: object) -> Report:
        """The report on a leaf with its issuing CA."""
        return self.report(certificate, self.issuing, **options)  # type: ignore[arg-type]


def found(report: Report, code: str) -> Finding:
    """The first finding of this code."""
    return next(finding for finding in report.findings if finding.code == code)


def new_house() -> House:
    """Made anew."""
    root = authority("CN=Root, O=Acme, C=DE")
    issuing = authority("CN=Issuing, O=Acme, C=DE", root)
    old = leaf(issuing, begins=NOW - 300 * DAY, ends=NOW + 60 * DAY)
    return House(root, issuing, old)
