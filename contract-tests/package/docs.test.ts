import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { deadLinks } from '../../docs/dead-links.ts';
import { emptyDirectory } from '../support/play.ts';

it('a link of the site that leads nowhere is found, and no other', async () => {
  const site = await emptyDirectory();
  await mkdir(join(site, 'api'));
  await writeFile(join(site, 'site.css'), '');
  await writeFile(
    join(site, 'api/index.html'),
    '<h2 id="here">x</h2><a href="../index.html">x</a><a href="gone.html">x</a>',
  );
  const links = ['api/', 'api/index.html#here', '#top', 'https://example.com/x', 'site.css', 'api/index.html?x'];
  const dead = ['api/index.html#gone', '#gone', '../outside.html', 'gone.css'];
  const anchors = [...links, ...dead].map((link) => `<a href="${link}">x</a>`);
  await writeFile(join(site, 'index.html'), `<h1 id="top">x</h1>${anchors.join('\n')}<script>' href="no"'</script>`);
  const found = ['api/index.html: gone.html', ...dead.map((link) => `index.html: ${link}`)];
  expect((await deadLinks(site)).sort()).toEqual(found.sort());
});
