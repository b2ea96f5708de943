# SPDX-License-Identifier: MIT
"""What a run of the checker saw."""

MOST_HISTORIES = 10


def print_report(history, faults):
    _print_counts("faults", faults)
    _print_counts("acknowledged changes", history.acknowledged)
    _print_counts("changes not done (503)", history.refused)
    _print_counts("changes of unknown outcome", history.unknown)
    _print_counts("decisions", {str(status or "no response"): count for status, count in history.decisions.items()})
    print("a revoked token was accepted for at most " + ", ".join(f"{history.longest[quiet]:.3f} s {name}" for quiet, name in ((True, "without a fault"), (False, "during faults"))))
    print(f"violations: {len(history.violations)}")
    for number, (at, why, events, token) in enumerate(history.violations):
        print(f"\n{at:9.3f} s  {why}")
        if events is not None and number < MOST_HISTORIES:
            print(f"  history of {token} (began, ended, node, request, outcome):")
            for began, ended, node, what, outcome in events:
                print(f"  {began:9.3f} {ended:9.3f}  {node}  {what:18}  {outcome}")


def _print_counts(name, counts):
    print(f"{name}: {sum(counts.values())}")
    for kind, count in sorted(counts.items()):
        print(f"  {kind:24} {count:7}")
