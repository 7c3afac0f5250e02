import { describe, expect, it } from 'vitest';
import { onlySimulatedVenues, onlyTheSimulator } from './only-the-simulator.ts';

describe('tests trade at the simulator or not at all', () => {
  it.each([
    'http://127.0.0.1:18080',
    'ws://localhost:9/',
    'http://[::1]:8080',
    'http://btcturk-simulator.venue.svc:8080',
    'http://btcturk-simulator.venue.svc.cluster.local:8080',
  ])('%s is let through as it is', (url) => {
    expect(onlyTheSimulator(url)).toBe(url);
  });

  it.each([
    undefined,
    'https://api.btcturk.com',
    'http://btcturk-simulator.example.com',
    'https://btcturk-simulator.venue.svc.evil.example',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
  ])('%s is refused', (url) => {
    expect(() => onlyTheSimulator(url)).toThrow('Refused before anything was sent');
  });

  it.each([
    ['no address', 'name: btcturk'],
    [
      'a real feed',
      'name: btcturk, baseUrl: "http://127.0.0.1:1", feedUrl: "wss://ws-feed-pro.btcturk.com"',
    ],
  ])('a manifest with %s is not applied', (_, venue) => {
    const namespace = 'kind: Namespace\n---\n';
    const executor = `kind: TradingExecutor\nspec: { venue: { ${venue} } }`;
    expect(() => onlySimulatedVenues(namespace + executor)).toThrow('Refused');
  });

  it('a manifest of BIST needs no address', () => {
    onlySimulatedVenues('kind: TradingExecutor\nspec: { venue: { name: bist } }');
  });
});
