const FACTOR: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number a Kubernetes quantity stands for (`500m` is 0.5), or undefined when it is none. */
export function quantity(text: string): number | undefined {
  const [, amount, suffix = ''] =
    /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = FACTOR[suffix];
  if (amount === undefined || factor === undefined) return undefined;
  const value = Number(amount) * factor;
  return Number.isFinite(value) ? value : undefined;
}

/** The API server writes quantities its own way: `0.5` comes back as `500m`. */
export function sameQuantity(a: string, b: string): boolean {
  const [x, y] = [quantity(a), quantity(b)];
  if (x === undefined || y === undefined) return a === b;
  return Math.abs(x - y) <= Math.abs(x) * 1e-9;
}
