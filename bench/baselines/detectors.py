"""
Classical detectors. Each takes n x d standardised features and a seed, and gives n scores, higher for the more anomalous. HBOS, COPOD
and CBLOF are written from their papers; the others are scikit-learn's.
"""
import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.covariance import MinCovDet
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

MOST_MCD_COLUMNS = 300


def isolation_forest(x, seed):
    """Liu, Ting and Zhou 2008: 100 trees, each on 256 rows."""
    forest = IsolationForest(n_estimators=100, max_samples=min(256, len(x)), random_state=seed)
    return -forest.fit(x).score_samples(x)


def cblof(x, seed, clusters=8, alpha=0.9, beta=5):
    """
    He, Xu and Deng 2003, unweighted: k-means clusters, of which the largest are large ones until they hold `alpha` of the rows or the
    next is `beta` times smaller. The score of a row is its distance from the centre of its own cluster where that is a large one, and
    otherwise from the nearest centre of a large one.
    """
    means = KMeans(n_clusters=min(clusters, len(x)), n_init=10, random_state=seed).fit(x)
    sizes = np.bincount(means.labels_, minlength=means.n_clusters)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    size = sizes[order]
    ends = np.flatnonzero((np.cumsum(size)[:-1] >= alpha * len(x)) | (size[:-1] >= beta * size[1:]))
    large = order[: len(order) if len(ends) == 0 else ends[0] + 1]
    distances = cdist(x, means.cluster_centers_[large])
    own = np.linalg.norm(x - means.cluster_centers_[means.labels_], axis=1)
    return np.where(np.isin(means.labels_, large), own, distances.min(1))


def pca(x, seed):
    """
    Shyu et al. 2003 with all components: sum of squared principal coordinates, each over its variance, which is the squared Mahalanobis
    distance. Components with less than 1e-10 of the largest variance are left out.
    """
    variance, axes = np.linalg.eigh(np.cov(x, rowvar=False).reshape(x.shape[1], -1))
    kept = variance > 1e-10 * variance[-1]
    return ((x @ axes[:, kept]) ** 2 / variance[kept]).sum(1)


def knn(x, seed, neighbours=5):
    """Ramaswamy, Rastogi and Shim 2000: distance from the fifth nearest of the other rows."""
    return NearestNeighbors(n_neighbors=neighbours + 1).fit(x).kneighbors(x)[0][:, neighbours]


def mcd(x, seed):
    """
    Rousseeuw and Van Driessen 1999: squared Mahalanobis distance by the covariance of the most compact half. With more than 300 columns
    of the first 100 principal coordinates.
    """
    if x.shape[1] > MOST_MCD_COLUMNS:
        centred = x - x.mean(0)
        x = centred @ np.linalg.svd(centred, full_matrices=False)[2][:100].T
    return MinCovDet(random_state=seed).fit(x).mahalanobis(x)


def hbos(x, seed, bins=10, alpha=0.1):
    """
    Goldstein and Dengel 2012, bins of one width: sum over columns of -log2 of the density in the row's bin, plus `alpha`, which bounds
    what an empty neighbourhood adds.
    """
    score = np.zeros(len(x))
    for column in x.T:
        density, edges = np.histogram(column, bins=bins, density=True)
        score -= np.log2(density + alpha)[np.clip(np.searchsorted(edges, column, side="right") - 1, 0, bins - 1)]
    return score


def copod(x, seed):
    """
    Li et al. 2020: negative logarithms of the tail probabilities of the empirical copula. A column adds that of the side that it is
    skewed to, or the mean of both sides where that is larger, as in PyOD. (Algorithm 1 of the paper sums each over all columns first
    and takes the largest sum of the left sides, the right sides and the skewed ones.)
    """
    n = len(x)
    ordered = np.sort(x, axis=0)
    left, right = np.empty_like(x), np.empty_like(x)
    for j in range(x.shape[1]):
        left[:, j] = -np.log(np.searchsorted(ordered[:, j], x[:, j], side="right") / n)
        right[:, j] = -np.log((n - np.searchsorted(ordered[:, j], x[:, j], side="left")) / n)
    skewed_left = ((x - x.mean(0)) ** 3).mean(0) < 0
    return np.maximum(np.where(skewed_left, left, right), (left + right) / 2).sum(1)


def ocsvm(x, seed):
    """Schölkopf et al. 2001: radial kernel of width 1/d, nu = 0.5."""
    return -OneClassSVM(kernel="rbf", gamma="auto", nu=0.5, cache_size=500).fit(x).decision_function(x)


ALL = {"IF": isolation_forest, "CBLOF": cblof, "PCA": pca, "kNN-5": knn, "MCD": mcd, "HBOS": hbos, "COPOD": copod, "OCSVM": ocsvm}
RANDOM = {"IF", "CBLOF", "MCD"}
