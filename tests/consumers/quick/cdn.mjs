// A page whose package comes from another origin, as from a CDN.
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, test } from 'node:test';
import { works } from '../support/page.mjs';
import { installed, program, project } from '../support/project.mjs';

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

test('the package from another origin', async () => {
  const cdn = createServer((request, response) => {
    const type = TYPES[extname(request.url)];
    response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' });
    createReadStream(join(installed(folder), request.url)).pipe(response);
  });
  await new Promise((resolve) => cdn.listen(0, '127.0.0.1', resolve));
  after(() => cdn.close());
  const address = `http://127.0.0.1:${cdn.address().port}/dist/index.js`;
  const folder = project({ text: program("{ baseUrl: '/models' }", address) });
  await works(folder);
  cdn.closeAllConnections();
});
