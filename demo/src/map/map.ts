import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomTransform } from 'd3-zoom';
import type { Collection, Hit } from '../collection';
import { create, element } from '../dom';
import { count } from '../format';
import { coloursOfFields, FAMILIES, FAMILY_OF } from './fields';
import { Labels, type Label } from './labels';
import { Legend } from './legend';
import { homesOf, nearest, next, placeOf } from './places';
import { Points, type View } from './points';

/** How many of the answers are named on the map. */
const NAMED = 5;
/** How near the pointer must come to a dot, in pixels. */
const REACH = 14;
const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** All entries as dots, near in meaning near on the map; the query lands among them. */
export class WordMap {
  /** Called when a word on the map is chosen. */
  onChoose: (index: number, byKeyboard: boolean) => void = () => {};
  readonly #surface = element('plot-keys');
  readonly #tip = element('plot-tip');
  readonly #labels = new Labels(element('plot-labels'));
  readonly #legend = new Legend(element('legend'));
  readonly #points: Points | undefined;
  readonly #zoom = zoom<HTMLElement, unknown>();
  #transform: ZoomTransform = zoomIdentity;
  #collection: Collection | undefined;
  #families = new Uint8Array();
  #regions: Label[] = [];
  #hits: readonly Hit[] = [];
  #cursor: number | undefined;
  #due = 0;

  constructor() {
    this.#points = Points.on(element<HTMLCanvasElement>('plot-points'), () => this.#draw());
    if (!this.#points) {
      this.#refuse();
      return;
    }
    this.#legend.onChange = () => this.#draw();
    this.#wireZoom();
    this.#wirePointer();
    this.#surface.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#fit()).observe(this.#surface);
  }

  use(collection: Collection): void {
    this.#collection = collection;
    element('map-count').textContent = count(collection.size, 'word');
    this.#families = collection.fields.map((field) => FAMILY_OF[field]!);
    this.#regions = this.#nameRegions(this.#families, collection.positions);
    this.paint();
    this.#label();
  }

  /** Shows where a query lands, among its nearest entries. */
  show(hits: readonly Hit[]): void {
    this.#hits = hits;
    this.point(undefined);
  }

  /** Tells of one word; of none when `index` is undefined. */
  point(index: number | undefined): void {
    if (!this.#points) return;
    const entry = index === undefined ? undefined : this.#collection?.entry(index);
    this.#cursor = index;
    if (!entry) this.#tip.replaceChildren();
    else {
      const words = create(
        'span',
        {},
        create('b', {}, entry.words.join(', ')),
        ' ',
        create('i', {}, entry.field),
      );
      this.#tip.replaceChildren(words, create('span', {}, entry.definition));
    }
    this.#label();
  }

  /** Gives the dots the colours of the theme. */
  paint(): void {
    const isDark = getComputedStyle(document.documentElement).getPropertyValue('--theme').trim() === 'dark';
    this.#legend.paint(isDark);
    if (!this.#collection) return;
    const { fields, positions } = this.#collection;
    const palette = coloursOfFields(isDark);
    const colours = Uint8Array.from(
      { length: 3 * fields.length },
      (_, i) => palette[3 * fields[Math.floor(i / 3)]! + (i % 3)]!,
    );
    this.#points?.set(positions, colours, this.#families);
    this.#draw();
  }

  get #view(): View {
    const { clientWidth, clientHeight } = this.#surface;
    // The whole map fits, with a margin for what stands at its edge.
    const side = Math.min(clientWidth, clientHeight) * 0.94;
    const { x, y, k } = this.#transform;
    return {
      x: x + (k * (clientWidth - side)) / 2,
      y: y + (k * (clientHeight - side)) / 2,
      scale: k * side,
    };
  }

  /** Draws dots and labels in the next frame; while a person types, the dots stand still. */
  #draw(): void {
    cancelAnimationFrame(this.#due);
    this.#due = requestAnimationFrame(() => {
      this.#due = 0;
      const view = this.#view;
      this.#points?.draw(view, 2.2 + Math.log2(this.#transform.k), this.#legend.chosen);
      this.#labels.draw(view);
    });
  }

  #label(): void {
    if (!this.#points || !this.#collection) return;
    const { positions } = this.#collection;
    const named = [
      ...(this.#cursor === undefined ? [] : [this.#cursor]),
      ...this.#hits.slice(0, NAMED).map(({ index }) => index),
    ];
    const words = [...new Set(named)].map((index) => ({
      text: this.#collection!.entry(index).words[0]!,
      kind: 'hit' as const,
      x: positions[2 * index]!,
      y: positions[2 * index + 1]!,
    }));
    this.#labels.set([...words, ...this.#regions], placeOf(this.#hits, positions));
    if (this.#due === 0) this.#labels.draw(this.#view);
  }

  #nameRegions(families: Uint8Array, positions: Float32Array): Label[] {
    return homesOf(families, FAMILIES.length, positions).flatMap((home, i) =>
      home ? [{ text: FAMILIES[i]!.name, kind: 'place' as const, ...home }] : [],
    );
  }

  #wireZoom(): void {
    const surface = select(this.#surface);
    this.#zoom
      .scaleExtent([1, 40])
      // One finger and the bare wheel scroll the page; two fingers and Ctrl with the wheel zoom here.
      .filter((event: Event) => {
        if (event instanceof WheelEvent)
          return event.ctrlKey || event.metaKey || document.activeElement === this.#surface;
        if ('touches' in event) return (event as TouchEvent).touches.length > 1;
        return !(event instanceof MouseEvent && event.button > 0);
      })
      .on('zoom', ({ transform }: { transform: ZoomTransform }) => {
        this.#transform = transform;
        this.#draw();
      });
    surface.call(this.#zoom).on('dblclick.zoom', null);
    for (const [id, by] of [
      ['zoom-in', 2],
      ['zoom-out', 0.5],
    ] as const) {
      element(id).addEventListener('click', () => this.#zoom.scaleBy(surface, by));
    }
    element('zoom-reset').addEventListener('click', () => this.#zoom.transform(surface, zoomIdentity));
  }

  #wirePointer(): void {
    const under = ({ offsetX, offsetY }: MouseEvent) => {
      const { x, y, scale } = this.#view;
      const positions = this.#collection?.positions;
      return positions && nearest(positions, (offsetX - x) / scale, (offsetY - y) / scale, REACH / scale);
    };
    let isTouch = false;
    this.#surface.addEventListener('pointerdown', ({ pointerType }) => (isTouch = pointerType === 'touch'));
    this.#surface.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch') return;
      const index = under(event);
      if (index !== this.#cursor) this.point(index);
    });
    this.#surface.addEventListener('pointerleave', ({ pointerType }) => {
      if (pointerType !== 'touch') this.point(undefined);
    });
    this.#surface.addEventListener('click', (event) => {
      const index = under(event);
      if (isTouch) this.#tap(event, index);
      else if (index !== undefined) this.onChoose(index, false);
    });
  }

  /** A finger can't hover: its first tap tells of a word, and the next one there chooses it. */
  #tap({ offsetX, offsetY }: MouseEvent, index: number | undefined): void {
    const told = this.#place(this.#cursor);
    // Dots lie closer than a finger can tell apart.
    const isThere = told && Math.hypot(told[0] - offsetX, told[1] - offsetY) <= REACH;
    if (isThere) this.onChoose(this.#cursor!, false);
    else this.point(index);
  }

  #onKey(event: KeyboardEvent): void {
    const surface = select(this.#surface);
    const direction = DIRECTIONS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction) this.#step(...direction);
    else if (event.key === '+' || event.key === '=')
      this.#zoom.scaleBy(surface, 2, this.#place(this.#cursor));
    else if (event.key === '-') this.#zoom.scaleBy(surface, 0.5, this.#place(this.#cursor));
    else if (event.key === '0') this.#zoom.transform(surface, zoomIdentity);
    else if (event.key === 'Escape') this.point(undefined);
    else if (event.key === 'Enter' && this.#cursor !== undefined) this.onChoose(this.#cursor, true);
    else return;
    event.preventDefault();
  }

  /** The keyboard's way over the map: to the next word in a direction, from the best answer at first. */
  #step(dx: number, dy: number): void {
    if (!this.#collection) return;
    const { positions } = this.#collection;
    const first = this.#hits[0]?.index ?? nearest(positions, 0.5, 0.5, 1);
    const index =
      this.#cursor === undefined ? first : next(positions, this.#cursor, dx, dy, 6 / this.#view.scale);
    if (index === undefined) return;
    this.point(index);
    const [left, top] = this.#place(index)!;
    const { clientWidth, clientHeight } = this.#surface;
    if (left > 0 && top > 0 && left < clientWidth && top < clientHeight) return;
    const { k } = this.#transform;
    this.#zoom.translateBy(select(this.#surface), (clientWidth / 2 - left) / k, (clientHeight / 2 - top) / k);
  }

  /** Where a word is on the surface; the middle stands for none. */
  #place(index: number | undefined): [number, number] | undefined {
    if (index === undefined || !this.#collection) return undefined;
    const { positions } = this.#collection;
    const { x, y, scale } = this.#view;
    return [x + scale * positions[2 * index]!, y + scale * positions[2 * index + 1]!];
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#surface;
    this.#zoom.translateExtent([
      [0, 0],
      [clientWidth, clientHeight],
    ]);
    this.#draw();
  }

  #refuse(): void {
    const why = 'This browser doesn’t draw with WebGL 2, so there is no map; the answers are all there.';
    element('map').classList.add('refused');
    element('plot').replaceChildren(create('p', {}, why));
  }
}
