"""The focal loss and its gradient, as lesson 05 derives them."""

import numpy as np


def focal_loss(labels, logits, gamma=2.0, alpha=None):
    """Binary focal loss of every image: cross-entropy, turned down where the network is already right.

    labels    (n,) 0 or 1
    logits    (n,) score before the sigmoid
    gamma     ≥ 0; 0 gives cross-entropy
    alpha     in [0, 1]: weight of the positives, 1 − alpha that of the negatives; None: both weigh 1
    returns   (n,) −α_t (1 − p_t)^γ ln p_t, with p_t the probability that the network gives to the truth

    Raises ValueError for other shapes or labels, logits that are not finite, gamma < 0, alpha outside [0, 1].
    Equals keras.losses.BinaryFocalCrossentropy. Lin et al. (2017), arXiv:1708.02002. Taught in lesson 05.
    """
    from scipy.special import expit, log_expit

    sign, weight, logits = sign_and_weight(labels, logits, gamma, alpha)
    right = sign * logits  # the logit of the truth
    return -weight * expit(-right) ** gamma * log_expit(right)


def focal_gradient(labels, logits, gamma=2.0, alpha=None):
    """Derivative of :func:`focal_loss` with respect to the logits; the same arguments, (n,) returned.

    ± α_t (1 − p_t)^γ (γ p_t ln p_t + p_t − 1), plus for positives, minus for negatives.
    """
    from scipy.special import expit, log_expit

    sign, weight, logits = sign_and_weight(labels, logits, gamma, alpha)
    right = sign * logits
    wrong_share = expit(-right)  # 1 − p_t
    return sign * weight * wrong_share**gamma * (gamma * expit(right) * log_expit(right) - wrong_share)


def sign_and_weight(labels, logits, gamma, alpha):
    """(sign, weight, logits): +1 or −1 and α or 1 − α for each image."""
    labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != logits.shape or labels.size == 0:
        raise ValueError(
            f"labels and logits must have one shape (n,) with n ≥ 1, not {labels.shape} and {logits.shape}"
        )
    known = np.isin(labels, (0, 1))
    if not known.all():
        raise ValueError(f"labels must hold only 0 and 1, not {labels[~known][0]}")
    if not np.isfinite(logits).all():
        raise ValueError(f"logits must be finite, not {logits[~np.isfinite(logits)][0]}")
    if not 0 <= gamma < np.inf:
        raise ValueError(f"gamma must be a number of at least 0, not {gamma!r}")
    if alpha is not None and not 0 <= alpha <= 1:
        raise ValueError(f"alpha must lie in [0, 1] or be None, not {alpha!r}")
    positive = labels == 1
    weight = np.ones(len(labels)) if alpha is None else np.where(positive, alpha, 1 - alpha)
    return np.where(positive, 1.0, -1.0), weight, logits
