// Sets which parent folder is the root of the application. An application with its own lockfile does not need
// this.
const root = process.env['ROOT'];
const serverExternalPackages = process.env['EXTERNAL']?.split(',') ?? [];
export default { turbopack: { root }, outputFileTracingRoot: root, serverExternalPackages };
