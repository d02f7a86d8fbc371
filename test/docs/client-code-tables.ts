/** The documents' tables of the client SDKs' error codes, generated from the tables of the core. */
import {
  CLOSED_WITHOUT_FRAME,
  FROM_OLD_WEB_NUMBER,
  FROM_PHONE_CODE,
  FROM_WEB_CODE,
  TO_CLIENT_CODE,
} from '../../src/core/failure/client-error-code.js';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { code, table } from './markdown.js';

export function clientCodesTable(): string {
  return table(
    ['code', 'Web', 'iOS, Android'],
    AVATAR_SDK_ERROR_CODES.map((name) => {
      const { web, phone } = TO_CLIENT_CODE[name];
      const abnormal = name === 'connectionClosed' ? `; ${code(CLOSED_WITHOUT_FRAME)} for 1006` : '';
      return [code(name), code(web) + abnormal, code(phone)];
    }),
  );
}

export function fromClientCodesTable(): string {
  const web = Object.entries(FROM_WEB_CODE).map(([name, ours]) => [
    code(name),
    name in FROM_PHONE_CODE ? 'all' : 'Web',
    code(ours),
  ]);
  const phone = Object.entries(FROM_PHONE_CODE)
    .filter(([name]) => !(name in FROM_WEB_CODE))
    .map(([name, ours]) => [code(name), 'iOS, Android', code(ours)]);
  const old = Object.entries(FROM_OLD_WEB_NUMBER).map(([number, row]) => [
    `${code(number)} (${code(row.name)})`,
    'older Web',
    code(row.code),
  ]);
  return table(['client code', 'of', 'code'], [...web, ...phone, ...old]);
}
