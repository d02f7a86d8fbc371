/**
 * docs/migrating.md has each vendor's quick start before and after the migration, and every option, code,
 * phase and step of this package.
 */
import { describe, expect, it } from 'vitest';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';
import { ERROR_JSON_NAMES } from '../../src/core/failure/error-record.js';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { readSource } from '../source-imports.js';
import { codeBlocks, regionOf } from './markdown.js';
import { phasesWithoutVendor, strayVendorOptions } from './migration-tables.js';

const PAGE = readSource('docs/migrating.md');
const VENDORS = ['avatarkit-server', '@spatius/server-sdk'];

/** The members of both vendors' AvatarSDKError. */
const VENDOR_ERROR_FIELDS = [
  ...['code', 'phase', 'httpStatus', 'serverCode', 'serverTitle', 'serverDetail'],
  ...['connectionId', 'reqId', 'rawBody', 'closeCode', 'closeReason'],
];

describe('docs/migrating.md', () => {
  it.each(VENDORS)('has the quick start of %s, and the migrated one, which runs', (vendor) => {
    const blocks = codeBlocks(PAGE);
    const before = blocks.findIndex(
      ({ language, text }) => language === 'javascript' && text.includes(`from '${vendor}'`),
    );
    const after = blocks[before + 1];
    expect(before).toBeGreaterThanOrEqual(0);
    expect(after?.language).toBe('js');
    expect(after?.text).toContain("from 'avatarkit-session'");
    expect(blocks[before + 2]?.language).toBe('text');
  });

  it('names every option of this package', () => {
    const named = `${regionOf(PAGE, 'vendorOptions')}\n${regionOf(PAGE, 'newOptions')}`;
    expect(Object.keys(SESSION_FIELDS).filter((name) => !named.includes(`\`${name}\``))).toEqual([]);
  });

  it('maps vendor options only to existing options', () => {
    expect(strayVendorOptions()).toEqual([]);
  });

  it('names every code of this package', () => {
    const rows = regionOf(PAGE, 'vendorCodes');
    expect(AVATAR_SDK_ERROR_CODES.filter((name) => !rows.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('names every phase and every step of this package', () => {
    expect(phasesWithoutVendor()).toEqual([]);
  });

  it('states correctly that the members of an error have the same names', () => {
    expect(VENDOR_ERROR_FIELDS.filter((name) => !(name in ERROR_JSON_NAMES))).toEqual([]);
  });
});
