"""Writes cases.json: what scipy, statsmodels, scikit-learn, fairlearn and river answer.

    python -m venv .cache/reference
    .cache/reference/bin/pip install --require-hashes -r test/reference/requirements.lock
    .cache/reference/bin/python test/reference/make_cases.py

The file is committed, so tests need no Python. Large samples are recipes that both sides follow to the bit. Numbers
that JSON lacks are written as text: "NaN", "Infinity", "-Infinity".
"""

import json
import math
import pathlib
import warnings
from importlib import metadata

import numpy as np
from fairlearn import metrics as fair
from river import drift
from scipy import optimize, special, stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics as skm
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

warnings.simplefilter("ignore")
rng = np.random.default_rng(20130101)
cases = []


def add(call, args, expected, oracle, tolerance=None):
    case = {"id": f"{call}-{len(cases):04d}", "call": call, "args": args, "oracle": oracle, "expected": plain(expected)}
    if tolerance is not None:
        case["tolerance"] = tolerance
    cases.append(case)


def refuse(call, args, code):
    cases.append({"id": f"{call}-{len(cases):04d}", "call": call, "args": plain(args), "error": code})


def plain(value):
    """numpy to JSON; what JSON lacks becomes text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return float(value)
    return value


def recipe(seed, n, shape, scale=1.0, shift=0.0):
    return {"recipe": {"seed": seed, "n": n, "shape": shape, "scale": scale, "shift": shift}}


def uniforms(seed, n):
    z = (np.arange(n, dtype=np.uint64) + np.uint64(seed * 1000003)) & np.uint64(0xFFFFFFFF)
    z = (z * np.uint64(0x9E3779B1)) & np.uint64(0xFFFFFFFF)
    z ^= z >> np.uint64(16)
    z = (z * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    z ^= z >> np.uint64(13)
    z = (z * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    z ^= z >> np.uint64(16)
    return z.astype(np.float64) / 4294967296.0


def cook(sample):
    """A sample as numpy sees it: an inline list, or a recipe followed."""
    if not isinstance(sample, dict):
        return np.asarray(sample, dtype=float)
    r = sample["recipe"]
    u = uniforms(r["seed"], r["n"])
    if r["shape"] == "uniform":
        x = u
    elif r["shape"] == "bell":
        x = u + uniforms(r["seed"] + 1, r["n"]) + uniforms(r["seed"] + 2, r["n"]) - 1.5
    elif r["shape"] == "heavy":
        x = 1.0 / (1.0 - u) - 1.0
    elif r["shape"] == "ties":
        x = np.floor(u * 12.0)
    elif r["shape"] == "event":
        x = (u < 0.1).astype(float)
    else:
        raise ValueError(r["shape"])
    return r["shift"] + r["scale"] * x


def digits(values):
    return [float(f"{value:.6g}") for value in values]


# --- special functions -----------------------------------------------------------------------------------------------

for x in (-30, -6, -1, -0.3, 0, 1e-12, 0.46, 0.47, 1, 3.9, 4.1, 9, 26):
    add("erfc", [x], special.erfc(x), "scipy.special.erfc")
    add("logNormalCdf", [x], special.log_ndtr(x), "scipy.special.log_ndtr")
for x in (-1e9, -400.0):
    add("logNormalCdf", [x], special.log_ndtr(x), "scipy.special.log_ndtr")
for x in (-37, -8, -1.96, 0, 0.5, 3, 8):
    add("normalCdf", [x], special.ndtr(x), "scipy.special.ndtr")
for p in (1e-300, 1e-30, 1e-9, 0.001, 0.2, 0.5, 0.9, 0.999999):
    add("normalQuantile", [p], special.ndtri(p), "scipy.special.ndtri")
for x in (1e-300, 1e-8, 0.3, 1.7, 2.5, 11.5, 12, 171, 1e6, 1e300):
    add("logGamma", [x], special.gammaln(x), "scipy.special.gammaln")
for a, x in ((0.1, 0.01), (0.5, 3), (1, 40), (5, 4.9), (30, 31), (100, 250), (1e4, 9900), (1e5, 1e5 + 500), (3, 1e-9)):
    add("regularizedGammaP", [a, x], special.gammainc(a, x), "scipy.special.gammainc")
    add("regularizedGammaQ", [a, x], special.gammaincc(a, x), "scipy.special.gammaincc")
for a, b, x in ((0.5, 0.5, 0.3), (2, 3, 0.4), (1, 1, 0.7), (10, 0.2, 0.95), (50, 80, 0.35), (1e4, 2e4, 0.34), (3, 900, 0.001)):
    add("regularizedBeta", [a, b, x], special.betainc(a, b, x), "scipy.special.betainc")
for x, df in ((0, 3), (0.001, 1), (3.84, 1), (20, 9), (900, 9), (1000, 1050.5), (1400, 2)):
    add("chiSquareSurvival", [x, df], stats.chi2.sf(x, df), "scipy.stats.chi2")
for p, df in ((0.95, 1), (0.99, 9), (0.5, 3), (0.999, 50)):
    add("chiSquareQuantile", [p, df], stats.chi2.ppf(p, df), "scipy.stats.chi2")
for t, df in ((0, 5), (2.1, 1), (-2.1, 7), (9, 30), (40, 3), (1.96, 1000), (1e8, 4), (1e200, 1)):
    add("studentTSurvival", [t, df], stats.t.sf(t, df), "scipy.stats.t")

# --- samples ---------------------------------------------------------------------------------------------------------

pairs = {
    "normal": (digits(rng.normal(size=40)), digits(rng.normal(0.6, 1, size=35))),
    "small": (digits(rng.normal(size=5)), digits(rng.normal(size=7))),
    "single": ([1.5], [2.5]),
    "single-many": ([0.1], digits(rng.normal(size=30))),
    "ties": (rng.integers(0, 5, 40).tolist(), rng.integers(1, 6, 50).tolist()),
    "binary": (rng.integers(0, 2, 60).tolist(), (rng.random(60) < 0.2).astype(int).tolist()),
    "one-value": ([3] * 12, [3] * 9),
    "one-value-each": ([3] * 12, [4] * 9),
    "equal": ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1]),
    "apart": ([1, 2, 3, 4, 5, 6], [11, 12, 13, 14]),
    "huge": (digits(rng.normal(size=30) * 1e300), digits(rng.normal(0.5, 1, size=30) * 1e300)),
    "tiny": (digits(rng.normal(size=30) * 1e-300), digits(rng.normal(0.5, 1, size=30) * 1e-300)),
    "mixed": ([1e300, 1e-300, 0, -1e300, 5, -5e-300], [2e300, -1e-300, 0.0, 7, 5, 1e-300, -3e300]),
    "heavy": (digits(rng.standard_cauchy(size=50)), digits(rng.standard_cauchy(size=45) + 1)),
    "log-normal": (digits(np.exp(4 * rng.normal(size=40))), digits(np.exp(4 * rng.normal(size=44)))),
    "far-from-zero": (digits(1e6 + rng.normal(size=30)), digits(1e6 + rng.normal(size=33))),
    "uneven": (digits(rng.normal(size=7)), digits(rng.normal(size=150))),
    "same-size": (digits(rng.normal(size=64)), digits(rng.normal(0.9, 1, size=64))),
    "negative-zero": ([-0.0, 0.0, 1, 2, -1], [0.0, 0.0, -0.0, 1]),
    "large": (recipe(1, 3000, "bell"), recipe(5, 2500, "bell", 1, 0.05)),
    "large-heavy": (recipe(11, 12000, "heavy"), recipe(15, 11000, "heavy", 1.1)),
    "large-ties": (recipe(21, 12000, "ties"), recipe(25, 10500, "ties")),
    "large-small": (recipe(31, 15000, "bell"), recipe(35, 3, "bell")),
    "large-apart": (recipe(41, 20000, "bell"), recipe(45, 20000, "bell", 1, 0.4)),
    "large-equal": (recipe(51, 20000, "uniform"), recipe(51, 20000, "uniform")),
    "large-medium": (recipe(61, 30000, "bell"), recipe(65, 120, "bell", 1, 0.15)),
}

for name, (x, y) in pairs.items():
    a, b = cook(x), cook(y)
    for alternative in ("two-sided", "less", "greater"):
        for method in ("exact", "asymp") if max(len(a), len(b)) <= 3000 else ("auto",):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                r = stats.ks_2samp(a, b, alternative=alternative, method=method)
            if any("Switching" in str(one.message) for one in caught):
                continue  # scipy's exact count overflows, and its answer is the asymptotic one
            options = {"alternative": alternative, "method": {"asymp": "asymptotic"}.get(method, method)}
            # One value a side rounds to no effective value at all: scipy gives NaN, we give 1.
            p = 1.0 if math.isnan(r.pvalue) else r.pvalue
            expected = {"statistic": r.statistic, "pValue": p, "sign": int(r.statistic_sign)}
            # Without a distance the sign means nothing, and scipy's falls by chance.
            if r.statistic == 0:
                del expected["sign"]
            add("ksTwoSample", [x, y, options], expected, "scipy.stats.ks_2samp")
        for method, continuity in (("auto", True), ("asymptotic", True), ("asymptotic", False)):
            r = stats.mannwhitneyu(a, b, use_continuity=continuity, alternative=alternative, method=method)
            p = r.pvalue
            if np.ptp(np.concatenate([a, b])) == 0:
                p = 1.0  # scipy divides by a deviation of 0; nothing differs, so p is 1
            options = {"alternative": alternative, "method": method, "continuity": continuity}
            add("mannWhitney", [x, y, options], {"statistic": r.statistic, "pValue": p}, "scipy.stats.mannwhitneyu")
    add("wasserstein", [x, y], stats.wasserstein_distance(a, b), "scipy.stats.wasserstein_distance")
    if len(a) * len(b) <= 1e7:
        differences = np.sort(np.subtract.outer(a, b).ravel())
        add("hodgesLehmann", [x, y], {"estimate": np.median(differences)}, "numpy: median of all differences")

for n, m in ((6, 9), (12, 12), (20, 15), (4, 30)):
    x, y = digits(rng.normal(size=n)), digits(rng.normal(1, 1, size=m))
    # The exact null distribution of U, by counting.
    counts = np.zeros(n * m + 1)
    counts[0] = 1
    table = {(0, j): [1] for j in range(m + 1)} | {(i, 0): [1] for i in range(n + 1)}
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            poly = [0] * (i * j + 1)
            for u, c in enumerate(table[(i - 1, j)]):
                poly[u + j] += c
            for u, c in enumerate(table[(i, j - 1)]):
                poly[u] += c
            table[(i, j)] = poly
    total = math.comb(n + m, n)
    rank = max(c for c in range(0, n * m // 2 + 1) if sum(table[(n, m)][:c]) <= 0.025 * total)
    d = np.sort(np.subtract.outer(x, y).ravel())
    expected = {"estimate": np.median(d), "lower": d[rank - 1], "upper": d[n * m - rank]}
    add("hodgesLehmann", [x, y, {"confidence": 0.95}], expected, "numpy, exact distribution of U by counting")

for x in ([0.1, 0.2, 0.7], [1, 0, 0], [5, 5, 0, 90], [1e-300, 1, 2], [1e300, 1e300, 1]):
    for y in ([0.2, 0.2, 0.6], [0, 1, 1], [10, 0, 3, 80], [3, 1e-9, 5]):
        if len(x) != len(y):
            continue
        for base in (math.e, 2, 10):
            r = jensenshannon(np.array(x) / max(x), np.array(y) / max(y), base=base)
            add("jensenShannon", [x, y, {"base": base}], r, "scipy.spatial.distance.jensenshannon")
            add("jensenShannon", [x, y, {"base": base, "form": "divergence"}], r * r, "scipy.spatial.distance.jensenshannon")

for x, y in (
    ([10, 20, 30], [12, 18, 33]), ([5, 0, 3], [0, 4, 6]), ([100, 0], [90, 10]), ([1000, 2, 1], [900, 20, 7]),
    ([3, 3], [3, 3]), ([1, 1], [30, 1]), ([50000, 50000], [50400, 49600]), ([0, 7, 0], [0, 9, 1]),
    (rng.integers(0, 50, 30).tolist(), rng.integers(0, 50, 30).tolist()),
):
    for correction in (False, True):
        table = np.array([x, y])
        r = stats.chi2_contingency(table[:, table.sum(axis=0) > 0], correction=correction)
        expected = {"statistic": r.statistic, "pValue": r.pvalue, "degreesOfFreedom": r.dof}
        if r.dof:
            expected["cramersV"] = math.sqrt(r.statistic / table.sum())
        add("chiSquareTwoSample", [x, y, {"continuity": correction}], expected, "scipy.stats.chi2_contingency")

for p in ([0.01, 0.04, 0.03, 0.5], [0.5], [0, 1, 0.2], [0.02] * 5, digits(rng.random(40)), digits(rng.random(25) ** 4)):
    add("benjaminiHochberg", [p], multipletests(p, method="fdr_bh")[1], "statsmodels multipletests")
    add("holm", [p], multipletests(p, method="holm")[1], "statsmodels multipletests")

# --- PSI -------------------------------------------------------------------------------------------------------------


def evidently_psi(a, b):
    """PSI as Evidently 0.7 defines it, with numpy's Sturges bins."""
    if len(np.unique(a)) > 20:
        edges = np.histogram_bin_edges(np.concatenate([a, b]), bins="sturges")
        p, q = np.histogram(a, edges)[0] / len(a), np.histogram(b, edges)[0] / len(b)
    else:
        keys = np.union1d(a, b)
        p = np.array([(a == key).mean() for key in keys])
        q = np.array([(b == key).mean() for key in keys])
    for shares in (p, q):
        smallest = shares[shares != 0].min()
        shares[shares == 0] = smallest / 10**6 if smallest <= 0.0001 else 0.0001
    return np.sum((p - q) * np.log(p / q))


def quantile_psi(a, b, bins=10):
    """Quantile bins of the reference, closed on the right; only for references without ties."""
    edges = np.quantile(a, np.arange(1, bins) / bins)
    p = np.bincount(np.searchsorted(edges, a, side="left"), minlength=bins) / len(a)
    q = np.bincount(np.searchsorted(edges, b, side="left"), minlength=bins) / len(b)
    p, q = np.where(p == 0, 1e-4, p), np.where(q == 0, 1e-4, q)
    return np.sum((p - q) * np.log(p / q))


for name in ("normal", "ties", "binary", "one-value", "one-value-each", "huge", "tiny", "heavy", "log-normal", "large",
             "large-heavy", "large-ties", "large-apart", "large-equal", "same-size"):
    x, y = pairs[name]
    a, b = cook(x), cook(y)
    add("psi", [x, y, {"binning": "evidently"}], {"value": evidently_psi(a, b)}, "numpy, Evidently's definition")
    if len(np.unique(a)) == len(a) and len(a) >= 20:
        add("psi", [x, y, {"binning": "quantile"}], {"value": quantile_psi(a, b)}, "numpy.quantile")
        add("psi", [x, y, {"bins": 5}], {"value": quantile_psi(a, b, 5)}, "numpy.quantile")
for n, m, bins, alpha in ((200, 200, 10, 0.05), (20000, 1000, 20, 0.01), (50, 5000, 3, 0.1)):
    expected = stats.chi2.ppf(1 - alpha, bins - 1) * (1 / n + 1 / m)
    add("psiThreshold", [n, m, bins, alpha], expected, "scipy.stats.chi2")

# --- quality ---------------------------------------------------------------------------------------------------------


def labelled(n, kind):
    y = (rng.random(n) < 0.3).astype(int)
    y[0], y[1] = 0, 1
    p = np.clip(0.3 + 0.25 * y + 0.2 * rng.normal(size=n), 0, 1)
    if kind == "ties":
        p = np.round(p, 1)
    if kind == "constant":
        p = np.full(n, 0.3)
    if kind == "perfect":
        p = y.astype(float)
    if kind == "reversed":
        p = 1.0 - y
    if kind == "tiny":
        p = p * 1e-300
    if kind == "rare":
        y = np.zeros(n, dtype=int)
        y[:2] = 1
    return y.tolist(), digits(p)


def delong(y, p, confidence=0.95):
    """DeLong's interval by all pairs."""
    y, p = np.array(y), np.array(p)
    psi = (np.sign(np.subtract.outer(p[y == 1], p[y == 0])) + 1) / 2
    auc = psi.mean()
    n, m = psi.shape
    variance = psi.mean(axis=1).var(ddof=1) / n + psi.mean(axis=0).var(ddof=1) / m
    half = stats.norm.ppf(1 - (1 - confidence) / 2) * math.sqrt(variance)
    return {"estimate": auc, "lower": max(0, auc - half), "upper": min(1, auc + half)}


def binned(y, p, strategy, bins=10):
    """calibration_curve gives the bins' means; their sizes come from the same edges."""
    y, p = np.array(y), np.array(p)
    edges = np.percentile(p, np.linspace(0, 1, bins + 1) * 100) if strategy == "quantile" else np.linspace(0, 1, bins + 1)
    size = np.bincount(np.searchsorted(edges[1:-1], p), minlength=bins)
    share, mean = calibration_curve(y, p, n_bins=bins, strategy=strategy)
    return size[size > 0], share, mean


for n in (20, 60, 90):
    for kind in ("plain", "ties", "constant", "perfect", "reversed", "tiny", "rare"):
        y, p = labelled(n, kind)
        add("rocAuc", [y, p], skm.roc_auc_score(y, p), "sklearn roc_auc_score")
        add("averagePrecision", [y, p], skm.average_precision_score(y, p), "sklearn average_precision_score")
        add("logLoss", [y, p], skm.log_loss(y, p, labels=[0, 1]), "sklearn log_loss")
        add("brier", [y, p], skm.brier_score_loss(y, p, pos_label=1), "sklearn brier_score_loss")
        add("rocAucInterval", [y, p], delong(y, p), "numpy, DeLong by all pairs")
        if n < 90:
            for binning, strategy in (("mass", "quantile"), ("width", "uniform")):
                size, share, mean = binned(y, p, strategy)
                value = float(np.sum(size * np.abs(share - mean)) / n)
                if value > 1e-14:  # below, both sides hold rounding error only
                    add("ece", [y, p, {"binning": binning}], value, "sklearn calibration_curve")
                else:
                    add("ece", [y, p, {"binning": binning}], 0, "sklearn calibration_curve", 1e-12)
            size, share, mean = binned(y, p, "quantile")
            rate = np.mean(y)
            parts = {
                "brier": np.mean((np.array(p) - y) ** 2),
                "reliability": np.sum(size * (mean - share) ** 2) / n,
                "resolution": np.sum(size * (share - rate) ** 2) / n,
                "uncertainty": rate * (1 - rate),
            }
            add("brierDecomposition", [y, p], parts, "sklearn calibration_curve", 1e-12)
            # scikit-learn takes scores closer than 1e-15 for one score; ours stay apart.
            if kind != "tiny":
                grid = digits(np.linspace(-0.1, 1.1, 13))
                fitted = IsotonicRegression(out_of_bounds="clip").fit(p, y).predict(grid)
                add("isotonic", [y, p, grid], fitted, "sklearn IsotonicRegression", 1e-9)
        answers = (np.array(p) >= 0.5).astype(int)
        confusion = skm.confusion_matrix(y, answers, labels=[0, 1]).ravel()
        expected = {
            "trueNegatives": confusion[0], "falsePositives": confusion[1],
            "falseNegatives": confusion[2], "truePositives": confusion[3],
            "accuracy": skm.accuracy_score(y, answers),
            "precision": skm.precision_score(y, answers) if answers.sum() else None,
            "recall": skm.recall_score(y, answers),
            "f1": skm.f1_score(y, answers),
        }
        add("classification", [y, p], expected, "sklearn confusion_matrix, precision, recall, f1")

for n in (3, 10, 40):
    for kind in ("plain", "huge", "tiny", "far", "exact", "heavy"):
        t = rng.normal(size=n) if kind != "heavy" else rng.standard_cauchy(size=n)
        f = t + 0.5 * rng.normal(size=n)
        scale, offset = {"huge": (1e70, 0), "tiny": (1e-70, 0), "far": (1, 1e5)}.get(kind, (1, 0))
        t, f = digits(t * scale + offset), digits(f * scale + offset)
        f = t if kind == "exact" else f
        expected = {
            "rmse": skm.root_mean_squared_error(t, f),
            "mae": skm.mean_absolute_error(t, f),
            "r2": skm.r2_score(t, f),
        }
        add("regression", [t, f], expected, "sklearn root_mean_squared_error, mean_absolute_error, r2_score")

# --- intervals -------------------------------------------------------------------------------------------------------


def score_interval(x1, n1, x2, n2, confidence=0.95):
    """Miettinen and Nurminen's interval by definition: roots found on the likelihood itself.

    Not statsmodels 0.15: its method="score" maximises something else (5/20 against 9/25 gives -0.3376 where the
    likelihood gives -0.3638, and 56/70 against 48/80 misses the values that Newcombe printed in 1998).
    """

    def slope(p, d):
        q = p + d
        terms = ((x1, q), (x2, p))
        up = sum(k / r for k, r in terms if k > 0)
        return up - sum((n - k) / (1 - r) for (k, r), n in zip(terms, (n1, n2)) if n > k)

    def score(d):
        low, high = max(0.0, -d), min(1.0, 1.0 - d)
        edge = 1e-15
        if slope(low + edge, d) <= 0:
            p = low
        elif slope(high - edge, d) >= 0:
            p = high
        else:
            p = optimize.brentq(slope, low + edge, high - edge, args=(d,), xtol=1e-16, rtol=1e-15)
        q = p + d
        variance = (q * (1 - q) / n1 + p * (1 - p) / n2) * (n1 + n2) / (n1 + n2 - 1)
        return (x1 / n1 - x2 / n2 - d) / math.sqrt(variance)

    z = stats.norm.ppf(1 - (1 - confidence) / 2)
    middle = x1 / n1 - x2 / n2
    low = optimize.brentq(lambda d: score(d) - z, -1 + 1e-9, middle - 1e-9, xtol=1e-15)
    high = optimize.brentq(lambda d: score(d) + z, middle + 1e-9, 1 - 1e-9, xtol=1e-15)
    return low, high


for k, n in ((0, 10), (10, 10), (1, 10), (3, 7), (500, 1000), (2, 100000), (1, 1)):
    for confidence in (0.95, 0.999):
        low, high = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
        add("wilsonInterval", [k, n, confidence], {"lower": low, "upper": high}, "statsmodels proportion_confint", 1e-12)
for a, n, b, m in ((5, 20, 9, 25), (0, 30, 3, 40), (20, 20, 15, 20), (1, 500, 9, 700), (250, 500, 260, 510), (7, 10, 1, 90), (56, 70, 48, 80)):
    low, high = confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff")
    add("newcombeInterval", [a, n, b, m], {"lower": low, "upper": high}, "statsmodels confint_proportions_2indep", 1e-12)
    low, high = score_interval(a, n, b, m)
    add("miettinenNurminenInterval", [a, n, b, m], {"lower": low, "upper": high}, "scipy.optimize on the likelihood", 1e-9)
for b, c in ((0, 0), (1, 0), (5, 12), (30, 31), (100, 150), (2, 900)):
    r = mcnemar([[0, b], [c, 0]], exact=True)
    add("mcnemar", [b, c], {"statistic": r.statistic, "pValue": r.pvalue}, "statsmodels mcnemar")
    if b + c:
        for correction in (True, False):
            r = mcnemar([[0, b], [c, 0]], exact=False, correction=correction)
            options = {"method": "asymptotic", "continuity": correction}
            add("mcnemar", [b, c, options], {"statistic": r.statistic, "pValue": r.pvalue}, "statsmodels mcnemar")

# --- fairness --------------------------------------------------------------------------------------------------------

for n, groups in ((60, 2), (90, 3), (120, 4), (150, 5), (80, 2), (200, 6)):
    for skew in (0.0, 0.15):
        g = rng.integers(0, groups, n)
        y = (rng.random(n) < 0.45).astype(int)
        f = (rng.random(n) < 0.4 + skew * (g == 0) + 0.2 * y).astype(int)
        for one in range(groups):  # every rate has support
            rows = np.flatnonzero(g == one)
            y[rows[0]], y[rows[1]] = 0, 1
        names = [f"g{one}" for one in g]
        expected = {
            "demographicParityDifference": fair.demographic_parity_difference(y, f, sensitive_features=names),
            "demographicParityRatio": fair.demographic_parity_ratio(y, f, sensitive_features=names),
            "equalizedOddsDifference": fair.equalized_odds_difference(y, f, sensitive_features=names),
            "equalizedOddsRatio": fair.equalized_odds_ratio(y, f, sensitive_features=names),
            "equalOpportunityDifference": fair.equal_opportunity_difference(y, f, sensitive_features=names),
        }
        add("fairness", [y.tolist(), f.tolist(), names], expected, "fairlearn.metrics")

# --- streams ---------------------------------------------------------------------------------------------------------


def watch(detector, values):
    found = []
    for i, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            found.append(i)
    return found


streams = {
    "still": [recipe(101, 4000, "bell")],
    "step": [recipe(111, 2000, "bell"), recipe(121, 2000, "bell", 1, 0.8)],
    "steps": [recipe(131 + 10 * i, 800, "bell", 1, 0.7 * i) for i in range(5)],
    "events": [recipe(201, 3000, "event"), recipe(211, 3000, "event", -1, 1)],
    "heavy": [recipe(221, 4000, "heavy")],
    "huge": [recipe(231, 1500, "bell", 1e120), recipe(241, 1500, "bell", 1e120, 2e120)],
    "ties": [recipe(251, 2000, "ties"), recipe(261, 2000, "ties", 1.5)],
}
for name, parts in streams.items():
    values = np.concatenate([cook(part) for part in parts]).tolist()
    for ours, theirs in (
        ({}, {}),
        ({"clock": 1}, {"clock": 1}),
        ({"delta": 0.1, "maxBuckets": 3}, {"delta": 0.1, "max_buckets": 3}),
        ({"minWindowLength": 2, "gracePeriod": 50, "clock": 5}, {"min_window_length": 2, "grace_period": 50, "clock": 5}),
    ):
        detector = drift.ADWIN(**theirs)
        found = watch(detector, values)
        expected = {"found": found, "width": detector.width, "total": detector.total, "variance": detector.variance}
        add("adwin", [parts, ours], expected, "river.drift.ADWIN")
    for ours, theirs in (
        ({}, {}),
        ({"threshold": 10, "mode": "up"}, {"threshold": 10, "mode": "up"}),
        ({"threshold": 5, "delta": 0.1, "minInstances": 100, "mode": "down"},
         {"threshold": 5, "delta": 0.1, "min_instances": 100, "mode": "down"}),
        ({"threshold": 20, "alpha": 0.99}, {"threshold": 20, "alpha": 0.99}),
    ):
        found = watch(drift.PageHinkley(**theirs), values)
        add("pageHinkley", [parts, ours], {"found": found}, "river.drift.PageHinkley")

# --- bad input: a typed error, never a number ------------------------------------------------------------------------

nan, inf = math.nan, math.inf
for call in ("ksTwoSample", "wasserstein", "mannWhitney", "hodgesLehmann", "psi"):
    refuse(call, [[], [1, 2]], "EMPTY_SAMPLE")
    refuse(call, [[1, 2], []], "EMPTY_SAMPLE")
    refuse(call, [[1, nan, 2], [1, 2]], "NON_FINITE")
    refuse(call, [[1, 2], [1, inf]], "NON_FINITE")
    refuse(call, [[1, None, 2], [1, 2]], "NON_FINITE")
for call in ("jensenShannon", "chiSquareTwoSample", "psiOfCounts"):
    refuse(call, [[], []], "EMPTY_SAMPLE")
    refuse(call, [[1, 2], [1]], "LENGTH_MISMATCH")
    refuse(call, [[1, nan], [1, 2]], "NON_FINITE")
    refuse(call, [[1, -2], [1, 2]], "OUT_OF_RANGE")
    refuse(call, [[0, 0], [1, 2]], "DEGENERATE")
for call in ("rocAuc", "averagePrecision", "logLoss", "brier", "ece", "brierDecomposition", "isotonic", "classification"):
    refuse(call, [[], []], "EMPTY_SAMPLE")
    refuse(call, [[0, 1], [0.5]], "LENGTH_MISMATCH")
    refuse(call, [[0, 1], [0.5, nan]], "NON_FINITE")
    refuse(call, [[0, 0.5], [0.5, 0.5]], "OUT_OF_RANGE")
for call in ("logLoss", "brier", "ece", "classification"):
    refuse(call, [[0, 1], [0.5, 1.5]], "OUT_OF_RANGE")
refuse("rocAuc", [[1, 1], [0.5, 0.6]], "DEGENERATE")
refuse("rocAuc", [[0, 0], [0.5, 0.6]], "DEGENERATE")
refuse("averagePrecision", [[0, 0], [0.5, 0.6]], "DEGENERATE")
for call in ("benjaminiHochberg", "holm"):
    refuse(call, [[]], "EMPTY_SAMPLE")
    refuse(call, [[0.5, nan]], "NON_FINITE")
    refuse(call, [[0.5, 1.5]], "OUT_OF_RANGE")
refuse("regression", [[], []], "EMPTY_SAMPLE")
refuse("regression", [[1, 2], [1]], "LENGTH_MISMATCH")
refuse("regression", [[1, inf], [1, 2]], "NON_FINITE")
refuse("regression", [[1e300, 2], [1, 2]], "OUT_OF_RANGE")
refuse("fairness", [[], [], []], "EMPTY_SAMPLE")
refuse("fairness", [[0, 1], [0, 1], ["a"]], "LENGTH_MISMATCH")
refuse("fairness", [[0, 2], [0, 1], ["a", "b"]], "OUT_OF_RANGE")
refuse("fairness", [[0, nan], [0, 1], ["a", "b"]], "NON_FINITE")
refuse("wilsonInterval", [0, 0], "EMPTY_SAMPLE")
refuse("wilsonInterval", [5, 3], "OUT_OF_RANGE")
refuse("newcombeInterval", [1, 2, 1, 0], "EMPTY_SAMPLE")
refuse("mcnemar", [-1, 2], "OUT_OF_RANGE")
refuse("normalQuantile", [1.5], "OUT_OF_RANGE")
refuse("logGamma", [-1], "OUT_OF_RANGE")
refuse("erfc", [nan], "NON_FINITE")
refuse("wasserstein", [[-1.7e308], [1.7e308]], "OUT_OF_RANGE")
refuse("hodgesLehmann", [[-1.7e308], [1.7e308]], "OUT_OF_RANGE")
refuse("adwin", [[[1, nan]], {}], "NON_FINITE")
refuse("pageHinkley", [[[1, inf]], {}], "NON_FINITE")

# --- the fairness audit: its own generator, so that the cases above stay as they are ------------------------------------

from sklearn.metrics import precision_score  # noqa: E402

audit = np.random.default_rng(20261126)
for p, df in ((0.5, 3), (0.975, 1), (0.975, 29), (0.01, 4.5), (0.9999, 800), (0.3, 12)):
    add("studentTQuantile", [p, df], stats.t.ppf(p, df), "scipy.stats.t", 1e-9)
for n, groups in ((80, 2), (150, 3), (400, 4), (900, 6)):
    for skew in (0.0, 0.2):
        g = audit.integers(0, groups, n)
        s = digits(np.clip(audit.beta(2, 3, n) + skew * (g == 0), 0, 1))
        y = (audit.random(n) < s).astype(int)
        for one in range(groups):  # every rate has support
            rows = np.flatnonzero(g == one)
            y[rows[0]], y[rows[1]] = 0, 1
            s[rows[0]], s[rows[1]] = 0.75, 0.8
        s = np.array(s)
        f = (s >= 0.5).astype(int)
        names = [f"g{one}" for one in g]
        by = dict(sensitive_features=names)
        precision = fair.MetricFrame(metrics=precision_score, y_true=y, y_pred=f, **by)
        excess = fair.MetricFrame(metrics=lambda t, p: float(np.mean(p) - np.mean(t)), y_true=y, y_pred=s, **by)
        first, second = (s[g == one] - y[g == one] for one in (0, 1))
        welch = stats.ttest_ind(first, second, equal_var=False)
        pair = welch.confidence_interval(0.95)
        alone = stats.t.interval(0.95, len(first) - 1, np.mean(first), stats.sem(first))
        expected = {
            "demographicParity": fair.demographic_parity_difference(y, f, **by),
            "equalizedOdds": fair.equalized_odds_difference(y, f, **by),
            "predictiveParity": precision.difference(),
            "predictiveParityRatio": precision.ratio(),
            "calibration": excess.difference(),
            "byGroup": {one: excess.by_group[one] for one in sorted(set(names))},
            "pair": {"lower": pair.low, "upper": pair.high, "pValue": welch.pvalue},
            "first": {"lower": alone[0], "upper": alone[1]},
        }
        add("fairnessAudit", [y.tolist(), s.tolist(), names], expected, "fairlearn MetricFrame, scipy ttest_ind")

# --- the ratio of two proportions: at the end, so that the names of the cases above stay as they are ------------------------


def ratio_interval(x1, n1, x2, n2, confidence=0.95):
    """Miettinen and Nurminen's bounds of a ratio by definition: the constrained estimate is found on the likelihood itself.

    statsmodels 0.15 gives the same (`method="score", compare="ratio", correction=True`) but for 20 of 20 against 15 of 20, where
    its lower bound is 1.1429 whatever the confidence.
    """

    def score(ratio):
        top = min(1.0, 1.0 / ratio)

        def slope(p):
            up = (x1 + x2) / p
            down = (n1 - x1) * ratio / (1 - ratio * p) if n1 > x1 else 0
            return up - down - ((n2 - x2) / (1 - p) if n2 > x2 else 0)

        edge = 1e-15
        p = top if slope(top - edge) >= 0 else optimize.brentq(slope, edge, top - edge, xtol=1e-16, rtol=1e-15)
        first = min(1.0, ratio * p)
        variance = first * (1 - first) / n1 + ratio**2 * p * (1 - p) / n2
        return (x1 / n1 - ratio * x2 / n2) / math.sqrt(variance * (n1 + n2) / (n1 + n2 - 1))

    z = stats.norm.ppf(1 - (1 - confidence) / 2)
    middle = (x1 / n1) / (x2 / n2)
    low = 0.0 if x1 == 0 else optimize.brentq(lambda r: score(r) - z, 1e-9, middle * (1 - 1e-9), xtol=1e-15, rtol=1e-14)
    start = max(middle * (1 + 1e-9), 1e-9)
    return low, optimize.brentq(lambda r: score(r) + z, start, 1e6, xtol=1e-15, rtol=1e-14)


for a, n, b, m in ((5, 20, 9, 25), (0, 30, 3, 40), (20, 20, 15, 20), (1, 500, 9, 700), (250, 500, 260, 510), (7, 10, 1, 90), (56, 70, 48, 80)):
    for confidence in (0.95, 0.99):
        low, high = ratio_interval(a, n, b, m, confidence)
        add("ratioBounds", [a, n, b, m, confidence], {"lower": low, "upper": high}, "scipy.optimize on the likelihood", 1e-8)
refuse("ratioBounds", [1, 2, 1, 0], "EMPTY_SAMPLE")

names = ("numpy", "scipy", "statsmodels", "scikit-learn", "fairlearn", "river")
document = {"versions": {name: metadata.version(name) for name in names}, "cases": plain(cases)}
target = pathlib.Path(__file__).with_name("cases.json")
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in document["cases"])
target.write_text(f'{{"versions":{json.dumps(document["versions"])},"cases":[\n{lines}\n]}}\n')
print(f"{len(cases)} cases, {target.stat().st_size / 1e6:.2f} MB")
