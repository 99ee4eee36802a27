import { useEffect, useState } from 'react';
import { search } from './search.js';

export function App() {
  const [query, setQuery] = useState('I forgot my login details');
  const [hits, setHits] = useState(undefined);
  const [error, setError] = useState(undefined);

  useEffect(() => {
    const controller = new AbortController();
    search(query, controller.signal).then(
      (found) => !controller.signal.aborted && setHits(found),
      (reason) => !controller.signal.aborted && setError(reason),
    );
    return () => controller.abort();
  }, [query]);

  return (
    <main>
      <h1>Ask in your own words</h1>
      <input aria-label="Question" value={query} onChange={(event) => setQuery(event.target.value)} />
      {error && <p role="alert">{error.message}</p>}
      {!hits && !error && <p>Loading the model…</p>}
      <ol>
        {hits?.map(({ id, score }) => (
          <li key={id}>
            {id} <small>{score.toFixed(2)}</small>
          </li>
        ))}
      </ol>
    </main>
  );
}
