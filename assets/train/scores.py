"""What logistic regression should score on points.csv: the fixture of a test of the workload `train`, computed with NumPy
alone. `python3 scores.py points` writes points.csv, `python3 scores.py` the scores; run by hand, with NumPy 2."""

import random
import sys

import numpy as np

FOLDS, STEPS, RATES, PENALTIES = 4, 60, [0.01, 0.03, 0.1, 0.3, 1.0], [1e-4, 1.0]


def points():
    random.seed(7)
    print("height,width,class,weight")
    for _ in range(90):
        x = [random.gauss(0, 1), random.gauss(0, 1), random.gauss(0, 1)]
        label = int(1.2 * x[0] - 0.8 * x[1] + random.gauss(0, 1) > 0.2)
        print(f"{170 + 10 * x[0]:.3f},{40 + 3 * x[1]:.3f},{label},{7e4 + 9e3 * x[2] + 2e3 * x[0]:.1f}")


def scores():
    data = np.genfromtxt("points.csv", delimiter=",", names=True)
    y = data["class"]
    features = np.column_stack([data[name] for name in data.dtype.names if name != "class"])
    print("learning_rate,penalty,accuracy,log_loss")
    for penalty in PENALTIES:
        for rate in RATES:
            accuracy, loss = [], []
            for fold in range(FOLDS):
                held = np.arange(len(y)) % FOLDS == fold
                seen = features[~held]
                x = np.column_stack([np.ones(len(y)), (features - seen.mean(axis=0)) / seen.std(axis=0)])
                w, cost = np.zeros(x.shape[1]), penalty * np.array([0.0, 1.0, 1.0, 1.0])
                for _ in range(STEPS):
                    p = 1 / (1 + np.exp(-x[~held] @ w))
                    w = w - rate * (x[~held].T @ (p - y[~held]) / len(seen) + cost * w)
                p = 1 / (1 + np.exp(-x[held] @ w))
                accuracy.append(np.mean((p >= 0.5) == (y[held] == 1)))
                loss.append(-np.mean(y[held] * np.log(p) + (1 - y[held]) * np.log(1 - p)))
            print(f"{rate!r},{penalty!r},{float(np.mean(accuracy))!r},{float(np.mean(loss))!r}")


points() if sys.argv[1:] == ["points"] else scores()
