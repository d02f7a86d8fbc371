// Which of the folders above is that of the application; one with its own lockfile needs none of this.
const root = process.env['ROOT'];
const serverExternalPackages = process.env['EXTERNAL']?.split(',') ?? [];
export default { turbopack: { root }, outputFileTracingRoot: root, serverExternalPackages };
