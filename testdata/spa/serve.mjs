// Serves the application: node serve.mjs PORT ISSUER
import {context} from 'esbuild';

const [port, issuer] = process.argv.slice(2);
const bundle = await context({
  entryPoints: ['app/main.ts'], bundle: true, format: 'esm', outdir: 'app', write: false,
  define: {ISSUER: JSON.stringify(issuer)},
});
await bundle.serve({servedir: 'app', host: 'localhost', port: Number(port)});
