/** The text of an answer's body. Throws `tooMuch` once it is over `bytesMax`: the rest is not read. */
export async function boundedText(
  body: AsyncIterable<Buffer>,
  bytesMax: number,
  tooMuch: string,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Error(tooMuch);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
