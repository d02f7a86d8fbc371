// @ts-check
/** What stands for the address of the site in everything that is built, until it is published: see `publish-site.mjs`. */
export const BASE = '/address-of-this-site/';
