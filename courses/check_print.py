"""A check's report as lines to read in a terminal, in English.

Rule: faults first and each on a line of its own, then warnings, then what was measured of every unit, then one line in all.
"""

from __future__ import annotations

from collections.abc import Iterator

from courses.check import Report, UnitProof

__all__ = ["lines"]


def lines(report: Report) -> Iterator[str]:
    """The lines, without ends."""
    for fault in report.faults:
        yield f"- {fault}"
    for warned in report.warnings:
        yield f"? {warned.words('en')}"
    for proof in report.proofs:
        yield _unit(proof)
    yield (
        f"{report.course}: units {report.units}, exercises {report.exercises}, points {report.points:g}, "
        f"notebooks proved {report.proved}, faults {len(report.faults)}, warnings {len(report.warnings)}"
    )


def _unit(proof: UnitProof) -> str:
    sealed = sum(cell.mode == "sealed" for cell in proof.cells)
    tests = sum(cell.mode != "manual" for cell in proof.cells)
    killed = proof.mutants - len(proof.survivors)
    mutants = f"{killed} of {proof.mutants} mutants refused" if proof.mutants else "no mutants graded"
    return (
        f"  {proof.unit}: {sealed} of {tests} checks sealed, {mutants}, the solution takes {proof.need.seconds:g} s "
        f"and {proof.need.memory_mb:g} MB"
    )
