const PUBLIC = '99999999-aaaa-bbbb-cccc-dddddddddddd';
const PRIVATE = 'cGxhbnRlZC1zZWNyZXQtdGhhdC1tdXN0LW5ldmVyLWxlYXZl';
const SIGNATURE = 'Zx3Qv8Kp1Ld7Rt5Yb2Nc9Wm4Hj6Sf0Ga+Ue/Ti1Ox8E=';
const HEX = 'deadbeef'.repeat(16);
const SPOKEN = 'correct, horse; battery';
const SHORT = 'hunter2';
const PEM_BODY = 'MHcCAQEEIPlantedPlantedPlanted0123456789';
const PEM = `-----BEGIN EC PRIVATE KEY-----\n${PEM_BODY}\n${PEM_BODY}\n-----END EC PRIVATE KEY-----`;
const CLAIMS = 'eyJzdWIiOiJwbGFudGVkIn0';
const JWT = `eyJhbGciOiJFUzI1NiJ9.${CLAIMS}.c2lnbmF0dXJl`;
const OPAQUE = 'opaque-token_42.x';

/** No part of these may be found in evidence. Passwords are named by their parts as well. */
export const PLANTED = [
  ...[PUBLIC, PRIVATE, SIGNATURE, HEX, SHORT, PEM_BODY, CLAIMS, OPAQUE],
  ...['correct', 'horse', 'battery'],
];

const headers = { 'X-PCK': PUBLIC, 'X-Stamp': '1763866800000', 'X-Signature': SIGNATURE };

/** Every way in which a secret has come out of programs like ours, one text each. */
export const SHAPES: Readonly<Record<string, string>> = {
  'headers as HTTP': `GET /api/v1/users/balances\r\nX-PCK: ${PUBLIC}\r\nX-Signature: ${SIGNATURE}\r\n`,
  'headers as JSON': JSON.stringify({ headers }),
  'headers as JSON over lines': JSON.stringify({ headers }, null, 2),
  'headers in lower case, each a list': JSON.stringify({
    'x-pck': [PUBLIC],
    authorization: [`Bearer ${OPAQUE}`],
  }),
  'headers as Node prints them': `{ headers: { 'X-PCK': '${PUBLIC}', 'X-Signature': '${SIGNATURE}' } }`,
  'raw headers': JSON.stringify(['X-PCK', PUBLIC, 'X-Signature', SIGNATURE, 'Accept', '*/*']),
  'recorded headers': JSON.stringify([{ name: 'X-PCK', value: PUBLIC }]),
  'a bearer token': `Authorization: Bearer ${OPAQUE}`,
  'a bearer token in words': `sent Bearer ${OPAQUE} and was refused`,
  'basic authorization': `proxy-authorization: Basic ${Buffer.from(`a:${SHORT}`).toString('base64')} ${JWT}`,
  'a token alone': `the token ${JWT} is expired`,
  'a token in a query': `GET /socket?token=${OPAQUE}&x=1`,
  'a cookie': `cookie: session=${OPAQUE}; csrf=${HEX}`,
  'a PEM key': `wrote\n${PEM}\nto disk`,
  'a PEM key cut off': PEM.slice(0, -20),
  'a PEM key in JSON': JSON.stringify({ tls: PEM }),
  'the credential file': JSON.stringify({ publicKey: PUBLIC, privateKey: PRIVATE }),
  'keys in YAML': `publicKey: ${PUBLIC}\nprivateKey: "${PRIVATE}"\n`,
  'a key in YAML, folded': `metadata:\n  privateKey: >-\n    ${HEX}\n  name: btc\n`,
  'a key in YAML, as a block': `privateKey: |\n  ${SHORT}\n  ${SHORT}\nname: btc\n`,
  'keys in a log line': `credentials loaded publicKey=${PUBLIC} privateKey=${PRIVATE}`,
  'the login of the feed': JSON.stringify([114, { publicKey: PUBLIC, signature: SIGNATURE }]),
  'a container’s environment': `- name: BTCTURK_API_SECRET\n  value: ${SHORT}\n`,
  'an environment file': `BTCTURK_API_KEY=${PUBLIC}\nBTCTURK_API_SECRET='${SHORT}'\n`,
  'a password of several words': JSON.stringify({ password: SPOKEN, user: 'desk' }),
  'a hex key': JSON.stringify({ apiSecret: HEX }),
  'a URL with a password': `postgres://desk:${SHORT}@db.example/journal`,
  'base64 without a name': `signing with ${PRIVATE}`,
  'base64 in a pino line': JSON.stringify({ level: 50, time: 1, err: { seen: [SIGNATURE] } }),
  'a metric label': `spark_error_info{token="${OPAQUE}"} 1`,
};
