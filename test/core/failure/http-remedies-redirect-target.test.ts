import { describe, expect, it } from 'vitest';
import { redirectTarget } from '../../../src/core/failure/http-remedies.js';

describe('where a redirect leads', () => {
  it.each([
    ['https://login.example/portal?session=abc', 'https://login.example'],
    ['HTTPS://user:secret@login.example:8443/a', 'https://login.example:8443'],
    ['https://a@b@login.example/', 'another host'],
    ['//cdn.example/path', 'cdn.example'],
    ['https://[::1]:9/x', 'https://[::1]:9'],
    ['http://login.example#token=abc', 'http://login.example'],
    ['/login?next=%2F', 'another path of the same host'],
    ['login', 'another path of the same host'],
    ['https://bücher.example/', 'another host'],
    [`https://${'a'.repeat(300)}.example/`, 'another host'],
    ['', 'an address that it does not name'],
    [undefined, 'an address that it does not name'],
  ])('%j: %s', (location, target) => {
    expect(redirectTarget(location)).toBe(target);
  });
});
