import { describe, expect, it } from 'vitest';
import { placeReply } from '../../executor/venues/btcturk/classify.ts';
import { parseBody, quotes, venueOrder } from '../../executor/venues/btcturk/replies.ts';
import { signature } from '../../executor/venues/btcturk/signature.ts';

/** The venue's published shape of keys; the vector opens nothing anywhere. */
const credentials = {
  publicKey: '11111111-2222-3333-4444-555555555555',
  privateKey: 'c3BhcmstdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE=',
};

describe('the signature', () => {
  it('is the one of the test vector', () => {
    expect(signature(credentials, 1_767_225_600_000)).toBe(
      'G2iVHCnzGn5xCsteT2kliE+tFGBfwEOOTYkalzT9IoE=',
    );
  });
});

const answer = (status: number, body: unknown) =>
  placeReply({
    kind: 'answer',
    status,
    text: typeof body === 'string' ? body : JSON.stringify(body),
  });
const html = '<!DOCTYPE html><html></html>';

describe('the answer to a submit', () => {
  it.each([
    [200, { data: { id: 21770789256 }, success: true }, 'acked', undefined],
    [200, { data: null, success: true }, 'unknown', 'unparsable'],
    [200, { data: {}, success: false, message: 'FAILED' }, 'unknown', 'unparsable'],
    [200, html, 'unknown', 'unparsable'],
    [400, { success: false, message: 'FAILED_MIN_TOTAL_AMOUNT' }, 'rejected', 'rejected'],
    [400, html, 'unknown', 'unparsable'],
    [
      401,
      { success: true, message: 'Unauthorized - Invalid Nonce', code: 1037 },
      'rejected',
      'nonce',
    ],
    [
      401,
      { success: true, message: 'Unauthorized - Invalid Signature' },
      'rejected',
      'unauthorized',
    ],
    [401, '', 'rejected', 'unauthorized'],
    [422, { message: 'no' }, 'rejected', 'rejected'],
    [429, { message: 'TOO_MANY_REQUESTS', code: 429 }, 'rejected', '429'],
    [403, html, 'unknown', 'unparsable'],
    [500, { message: 'INTERNAL_ERROR' }, 'unknown', '5xx'],
    [504, html, 'unknown', '5xx'],
  ])('HTTP %i %j is %s (%s)', (status, body, kind, errorClass) => {
    const reply = answer(status, body);
    expect([reply.kind, 'errorClass' in reply ? reply.errorClass : undefined]).toEqual([
      kind,
      errorClass,
    ]);
  });

  it.each([
    [{ kind: 'lost', cause: 'timeout', message: '' }, 'unknown'],
    [{ kind: 'lost', cause: 'network', message: '' }, 'unknown'],
    [{ kind: 'not-written', message: '' }, 'not-sent'],
    [{ kind: 'refused' }, 'gated'],
  ] as const)('%j is %s', (reply, kind) => expect(placeReply(reply).kind).toBe(kind));

  it('keeps the digits of ids beyond 2^53', () => {
    const text = '{"data":{"id":1149163839863900657},"success":true}';
    expect(answer(200, text)).toMatchObject({ view: { venueId: '1149163839863900657' } });
  });
});

describe('an order as the venue tells it', () => {
  const row = { id: 5, pairSymbol: 'BTCTRY', orderClientId: 'c', quantity: '2', status: 'Partial' };
  it.each([
    [{ ...row, leftAmount: '0.5' }, 'open', 15n],
    [{ ...row, status: 'Untouched', leftAmount: '2.0000000000000000' }, 'open', 0n],
    [{ ...row, status: 'Closed', leftAmount: '0' }, 'filled', 20n],
    [{ ...row, status: 'Canceled', leftAmount: '1.5' }, 'canceled', 5n],
  ])('%j', (data, status, tenths) => {
    const view = venueOrder(data)?.view;
    expect([view?.status, view?.filled]).toEqual([status, tenths * 10n ** 15n]);
  });

  it('is not one when its status is a new word', () => {
    expect(venueOrder({ ...row, status: 'Frozen' })).toBeUndefined();
    expect(venueOrder({ ...row, pairSymbol: undefined, pairsymbol: 'BTCTRY' })).toBeDefined();
  });

  it('prices come from JSON numbers', () => {
    const text = '{"data":[{"pair":"BTCTRY","bid":1.5,"ask":1e-7,"last":2},{"pair":"X"}]}';
    expect([...quotes(parseBody(text)?.data).keys()]).toEqual(['BTCTRY']);
  });
});
