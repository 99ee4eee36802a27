// edgebert/react on a server, where it must render and start nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { useEmbeddings, useSemanticSearch } from 'edgebert/react';

test('on a server the hooks are idle, and load nothing', () => {
  const fetch = () => assert.fail('nothing is to be loaded');
  function App() {
    const { status, model } = useEmbeddings({ fetch });
    const search = useSemanticSearch(['a text'], 'a query', { fetch });
    return createElement('p', {}, `${status} ${String(model)} ${search.status} ${search.results.length}`);
  }
  assert.equal(renderToString(createElement(App)), '<p>idle undefined idle 0</p>');
});
