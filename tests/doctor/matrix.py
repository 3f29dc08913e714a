"""How a row of a matrix is proven."""
from place import Finding, Place


def user_of(i):
    return f"row{i}"


def prove(lab, row, user):
    place = Place(lab, row.user or user)
    place.asks = row.asks or place.asks
    with row.seed(place):
        if row.outcome == "fail" and row.works is not None:
            assert place.works() is row.works, "the seed breaks nothing"
        finding = named(place, row)
        if row.remedy is None:
            return
        row.remedy(place, finding)
        if not row.mends:
            return
        report = place.doctor()
        assert report.code == 0 and not report.of("fail", "warn"), str(report)
        assert place.works(), "the remedy was followed, and it does not work"


def named(place, row):
    """The finding, which is the right one and the first."""
    report = place.doctor()
    if row.outcome == "fail":
        assert report.code == 1 and report.cause in row.check.split("|"), (
            f"{report.cause} and not {row.check}\n{report}")
    check = report.checks.get(report.cause if row.outcome == "fail" else row.check)
    assert check and check["outcome"] == row.outcome, f"no {row.outcome} of {row.check}\n{report}"
    if row.outcome == "warn":
        assert not report.of("fail"), str(report)
    finding = Finding(check)
    for word in row.words:
        assert word in finding.text, f"{word}\n{report}"
    return finding
