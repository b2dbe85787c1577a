from dreambridge.engine.experience import Experience

KEY = "cn|model|image|2k"


def experience(known: list[float], kept: list[float]) -> Experience:
    return Experience({KEY: known}, lambda _, seconds: kept.append(seconds))


def test_a_burst_is_learned_in_the_order_of_its_start() -> None:
    kept: list[float] = []
    learner = experience([20.0] * 200, kept)
    for name in ("slow", "quick", "quicker"):
        learner.begin(KEY, name, 100.0)
    learner.end(KEY, "quicker", 8.0, 108.0)
    learner.end(KEY, "quick", 10.0, 110.0)
    assert kept == []
    learner.end(KEY, "slow", 30.0, 130.0)
    assert kept == [30.0, 10.0, 8.0]


def test_a_generation_far_beyond_the_mean_holds_nobody_up_and_is_learned_when_it_ends() -> None:
    kept: list[float] = []
    learner = experience([20.0] * 200, kept)
    learner.begin(KEY, "stuck", 100.0)
    learner.begin(KEY, "usual", 150.0)
    learner.end(KEY, "usual", 20.0, 170.0)
    assert kept == [20.0]
    learner.end(KEY, "stuck", 200.0, 300.0)
    assert kept == [20.0, 200.0]


def test_a_generation_without_a_known_time_is_not_learned_and_holds_nobody_up() -> None:
    kept: list[float] = []
    learner = experience([20.0] * 200, kept)
    learner.begin(KEY, "failed", 100.0)
    learner.begin(KEY, "usual", 100.0)
    learner.end(KEY, "usual", 20.0, 120.0)
    learner.end(KEY, "failed", None, 125.0)
    assert kept == [20.0]


def test_what_is_learned_changes_the_distribution() -> None:
    learner = experience([20.0] * 200, [])
    before = learner.distribution(KEY, None).mean
    for place in range(100):
        learner.begin(KEY, str(place), 100.0)
        learner.end(KEY, str(place), 40.0, 140.0)
    assert learner.distribution(KEY, None).mean > before + 4
