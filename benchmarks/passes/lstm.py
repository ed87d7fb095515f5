"""An LSTM over five steps, a step function forwards and one backwards, squared error at the end."""

import numpy as np

FORWARD, BACKWARD, MUTATED, UPSTREAM = "loss", "gradients", ["step_backward", "gradients"], False

data = np.random.default_rng(6)
T, D, H = 5, 2, 2
xs, target = data.normal(size=(T, D)), data.normal(size=H)


def inputs(rng):
    return [rng.normal(size=(D, 4 * H)), rng.normal(size=(H, 4 * H)), rng.normal(size=4 * H)]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def step_forward(x, h, c, Wx, Wh, b):
    z = x @ Wx + h @ Wh + b
    i, f = sigmoid(z[:H]), sigmoid(z[H : 2 * H])
    o, g = sigmoid(z[2 * H : 3 * H]), np.tanh(z[3 * H :])
    c_next = f * c + i * g
    tanh_c = np.tanh(c_next)
    h_next = o * tanh_c
    return h_next, c_next, (x, h, c, i, f, o, g, tanh_c)


def step_backward(dh_next, dc_next, cache, Wx, Wh):
    x, h, c, i, f, o, g, tanh_c = cache
    do = dh_next * tanh_c
    dc = dc_next + dh_next * o * (1 - tanh_c**2)
    df = dc * c
    di = dc * g
    dg = dc * i
    dz = np.concatenate([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    dWx = np.outer(x, dz)
    dWh = np.outer(h, dz)
    dh = Wh @ dz
    dc_prev = dc * f
    return dh, dc_prev, dWx, dWh, dz


def run(Wx, Wh, b):
    h, c, caches = np.zeros(H), np.zeros(H), []
    for x in xs:
        h, c, cache = step_forward(x, h, c, Wx, Wh, b)
        caches.append(cache)
    return h, caches


def loss(Wx, Wh, b):
    h, _ = run(Wx, Wh, b)
    return 0.5 * np.sum((h - target) ** 2)


def gradients(Wx, Wh, b):
    h, caches = run(Wx, Wh, b)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dh, dc = h - target, np.zeros(H)
    for t in range(T - 1, -1, -1):
        dh, dc, dWx_t, dWh_t, db_t = step_backward(dh, dc, caches[t], Wx, Wh)
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dWx, dWh, db
