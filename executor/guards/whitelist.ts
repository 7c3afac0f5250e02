import { denial } from './denial.ts';
import type { Guard } from './guard.ts';

export const whitelisted: Guard = ({ request }, desk) => {
  if (desk.whitelist.includes(request.symbol)) return undefined;
  const message = `${request.symbol} is not in spec.whitelist`;
  return denial('SYMBOL_NOT_ALLOWED', message, { details: { allowed: desk.whitelist } });
};
