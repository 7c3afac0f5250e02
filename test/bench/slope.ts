export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A straight line through points, with the 95 % confidence interval of its slope. */
export interface Slope {
  /** Change of y for one unit of x. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  readonly intercept: number;
  readonly points: number;
}

/**
 * Ordinary least squares: b = Sxy/Sxx; its standard error is √(residuals² / (n−2) / Sxx), and the
 * interval is b ± t(0.975, n−2) of them. Samples that follow each other closely resemble each
 * other, so the true interval is wider. undefined for fewer than three different x.
 */
export function slope(points: readonly Point[]): Slope | undefined {
  const n = points.length;
  if (new Set(points.map(({ x }) => x)).size < 3) return undefined;
  const meanX = sum(points.map(({ x }) => x)) / n;
  const meanY = sum(points.map(({ y }) => y)) / n;
  const sxx = sum(points.map(({ x }) => (x - meanX) ** 2));
  const sxy = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY)));
  const b = sxy / sxx;
  const intercept = meanY - b * meanX;
  const residuals = sum(points.map(({ x, y }) => (y - intercept - b * x) ** 2));
  const reach = tQuantile975(n - 2) * Math.sqrt(residuals / (n - 2) / sxx);
  return { slope: b, low: b - reach, high: b + reach, intercept, points: n };
}

/**
 * The 97.5 % quantile of Student's t: exact for one and two degrees of freedom, then the expansion
 * around the normal quantile z (Abramowitz and Stegun 26.7.5), off by less than 0.2 % from three on.
 */
export function tQuantile975(freedom: number): number {
  if (freedom === 1) return 12.7062;
  if (freedom === 2) return 4.3027;
  const z = 1.959964;
  const [z3, z5, z7, z9] = [z ** 3, z ** 5, z ** 7, z ** 9];
  const n = freedom;
  return (
    z +
    (z3 + z) / (4 * n) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * n ** 2) +
    (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n ** 3) +
    (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * n ** 4)
  );
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
