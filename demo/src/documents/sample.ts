import { SemanticSearch, type WorkerModel } from 'edgebert';
import story from './sample.txt?raw';

/** What the sample is called in the list of files. */
export const SAMPLE = 'The Lamp at Skerry Point (a sample story; your own files take its place)';
const TITLE = 'The Lamp at Skerry Point';

/** A short story to search until there are files of one's own. It is kept nowhere. */
export async function openSample(model: WorkerModel): Promise<SemanticSearch> {
  const search = await SemanticSearch.open(TITLE, { model, persist: false });
  const paragraphs = story.trim().split(/\n{2,}/);
  // A few paragraphs each, so that the passages are short enough to read.
  await search.add(
    paragraphs.map((text, i) => ({
      id: `${TITLE} ${i + 1}`,
      text,
      metadata: { file: TITLE, place: `paragraph ${i + 1}` },
    })),
  );
  return search;
}
