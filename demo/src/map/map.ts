import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomTransform } from 'd3-zoom';
import type { Entry } from '../wordnet/entries';
import type { Hit } from '../wordnet/protocol';
import { create, element, pause } from '../dom';
import { isInsult } from '../words/people';
import { count } from '../format';
import type { Places } from '../places';
import { coloursOfFields, FAMILIES, FAMILY_OF } from './fields';
import { Flight } from './flight';
import { Labels, type Label, type Place } from './labels';
import { Legend } from './legend';
import { homesOf, nearest, next, placeOf } from './places';
import { canvasFor, type Canvas } from './canvas';
import type { View } from './points';

/** How many of the answers are named on the map. */
const NAMED = 5;
/** How many of the words in view are named, from this scale on. */
const IN_VIEW = 40;
const NAMED_FROM = 2.2;
/** From afar these of the most used are not named: "be", "no" and "have" say nothing about a place. */
const EVERYWHERE = 300;
const NEAR = 8;
/** Regions are named up to this scale. */
const REGIONS_TO = 5;
/** Places that the queries have passed are kept to this many. */
const TRAIL = 6;
/** How near the map comes to an answer. */
const NEAREST = 7;
/** Typing must rest for so long before the map moves. */
const REST = 500;
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
  readonly #controls = element('zoom');
  readonly #labels = new Labels(element('plot-labels'));
  readonly #legend = new Legend(element('legend'));
  #points: Canvas | undefined;
  readonly #zoom = zoom<HTMLElement, unknown>();
  readonly #flight = new Flight((transform) => this.#zoom.transform(select(this.#surface), transform));
  #transform: ZoomTransform = zoomIdentity;
  #places: Places | undefined;
  /** Knows all words, or before they have loaded those of the examples only. */
  #entry: (index: number) => Entry | undefined = () => undefined;
  #families = new Uint8Array();
  #regions: Label[] = [];
  #hits: readonly Hit[] = [];
  #trail: Place[] = [];
  #cursor: number | undefined;
  #due = 0;
  #resting = 0;
  #naming = 0;

  constructor() {
    this.#legend.onChange = () => this.#draw();
    this.#wireZoom();
    this.#wirePointer();
    this.#surface.addEventListener('keydown', (event) => this.#onKey(event));
    new ResizeObserver(() => this.#fit()).observe(this.#surface);
  }

  async use(places: Places, entry: (index: number) => Entry | undefined): Promise<void> {
    this.#entry = entry;
    if (this.#places === places) return;
    this.#points ??= canvasFor(element<HTMLCanvasElement>('plot-points'));
    if (!this.#points) return this.#refuse();
    await pause();
    this.#places = places;
    element('map-count').textContent = count(places.size, 'word');
    this.#families = places.fields.map((field) => FAMILY_OF[field]!);
    this.#regions = this.#nameRegions(this.#families, places.positions);
    this.paint();
    await pause();
    this.show(this.#hits, true);
  }

  /**
   * Shows where a query lands, among its nearest entries, and moves there.
   *
   * @param isChosen whether to move at once; else when typing rests
   */
  show(hits: readonly Hit[], isChosen: boolean): void {
    this.#hits = hits;
    this.point(undefined);
    clearTimeout(this.#resting);
    if (isChosen) this.#arrive();
    else this.#resting = window.setTimeout(() => this.#arrive(), REST);
  }

  /** Tells of one word; of none when `index` is undefined. */
  point(index: number | undefined): void {
    if (!this.#points) return;
    const entry = index === undefined ? undefined : this.#entry(index);
    this.#cursor = entry && index;
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
      // Where it does not cover the dot that it is about.
      const [, top] = this.#place(index)!;
      this.#tip.classList.toggle('above', top > this.#surface.clientHeight * 0.7);
    }
    this.label();
  }

  /** Moves to the answers: the ring of the query in the middle, and its best answers around it. */
  #arrive(): void {
    if (!this.#points || !this.#places) return;
    const { positions } = this.#places;
    const at = placeOf(this.#hits, positions);
    if (!at) return this.#flight.start(this.#transform, zoomIdentity);
    const last = this.#trail.at(-1);
    if (!last || Math.hypot(last.x - at.x, last.y - at.y) > 1e-3) {
      this.#trail = [...this.#trail, at].slice(-TRAIL);
      this.label();
    }
    // The farthest of the first answers may be on the other side of the map; the middle one is near.
    const distances = this.#hits
      .slice(0, NAMED)
      .map(({ index }) => Math.hypot(positions[2 * index]! - at.x, positions[2 * index + 1]! - at.y))
      .sort((one, other) => one - other);
    const reach = Math.max(0.02, distances[Math.floor(distances.length / 2)]!);
    const k = Math.min(NEAREST, Math.max(2.5, 0.3 / reach));
    const { clientWidth, clientHeight } = this.#surface;
    const home = this.#viewAt(zoomIdentity);
    const [x, y] = [home.x + home.scale * at.x, home.y + home.scale * at.y];
    const target = zoomIdentity
      .translate(clientWidth / 2, clientHeight / 2)
      .scale(k)
      .translate(-x, -y);
    // As far as the edge of the map allows.
    const extent: [[number, number], [number, number]] = [
      [0, 0],
      [clientWidth, clientHeight],
    ];
    const there = this.#zoom.constrain()(target, extent, extent);
    // On its first visit there is nothing to come from.
    this.#flight.start(last ? this.#transform : there, there);
  }

  /** Gives the dots the colours of the theme. */
  paint(): void {
    const isDark = getComputedStyle(document.documentElement).getPropertyValue('--theme').trim() === 'dark';
    this.#legend.paint(isDark);
    if (!this.#places) return;
    const { fields, positions } = this.#places;
    const palette = coloursOfFields(isDark);
    const colours = new Uint8Array(3 * fields.length);
    for (let i = 0; i < fields.length; i++) {
      for (let part = 0; part < 3; part++) colours[3 * i + part] = palette[3 * fields[i]! + part]!;
    }
    this.#points?.set({ places: positions, colours, families: this.#families });
    this.#draw();
  }

  get #view(): View {
    return this.#viewAt(this.#transform);
  }

  #viewAt({ x, y, k }: ZoomTransform): View {
    const { clientWidth, clientHeight } = this.#surface;
    // The whole map fits, with a margin for what stands at its edge.
    const side = Math.min(clientWidth, clientHeight) * 0.96;
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
      const { clientWidth: width, clientHeight: height } = this.#surface;
      const diameter = 2.2 + Math.log2(this.#transform.k);
      const { chosen } = this.#legend;
      this.#points?.draw({ view, width, height, ratio: devicePixelRatio, diameter, chosen });
      this.#labels.draw(view, this.#controls);
    });
  }

  /** Writes the names: of the answers, of the regions, and, near enough, of the words in view. */
  label(): void {
    if (!this.#points || !this.#places) return;
    const { positions } = this.#places;
    const { k } = this.#transform;
    const named = [
      ...(this.#cursor === undefined ? [] : [this.#cursor]),
      ...this.#hits.slice(0, NAMED).map(({ index }) => index),
    ];
    const inView = k >= NAMED_FROM ? this.#wordsInView() : [];
    // The most used of several that are spelt alike.
    const written = new Set<string>();
    const words = [...named, ...inView].flatMap((index, i) => {
      const text = this.#entry(index)?.words[0];
      if (!text || written.has(text)) return [];
      written.add(text);
      const kind = i < named.length ? ('hit' as const) : ('word' as const);
      return [{ text, kind, x: positions[2 * index]!, y: positions[2 * index + 1]! }];
    });
    const [hits, others] = [
      words.filter(({ kind }) => kind === 'hit'),
      words.filter(({ kind }) => kind === 'word'),
    ];
    const regions = k <= REGIONS_TO ? this.#regions : [];
    this.#labels.set([...hits, ...regions, ...others], placeOf(this.#hits, positions), this.#trail);
    if (this.#due === 0) this.#labels.draw(this.#view, this.#controls);
  }

  /** The most used of the words that can be seen; entries are in the order of their use. */
  #wordsInView(): number[] {
    const { positions, size } = this.#places!;
    const { x, y, scale } = this.#view;
    const { clientWidth, clientHeight } = this.#surface;
    const [left, top] = [-x / scale, -y / scale];
    const [right, bottom] = [left + clientWidth / scale, top + clientHeight / scale];
    const found: number[] = [];
    for (let i = this.#transform.k < NEAR ? EVERYWHERE : 0; i < size && found.length < IN_VIEW; i++) {
      const [px, py] = [positions[2 * i]!, positions[2 * i + 1]!];
      if (!(px > left && px < right && py > top && py < bottom)) continue;
      const entry = this.#entry(i);
      // Whoever points at a dot has asked for its word; whoever zooms has not.
      if (entry && !isInsult(entry) && !entry.words[0]!.includes(' ')) found.push(i);
    }
    return found;
  }

  /** While the map moves, names are chosen anew only now and then. */
  #labelSoon(): void {
    if (this.#naming) return;
    this.#naming = window.setTimeout(() => {
      this.#naming = 0;
      this.label();
    }, 120);
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
        this.#labelSoon();
      });
    surface.call(this.#zoom).on('dblclick.zoom', null);
    // Whoever moves the map themselves is not moved.
    for (const event of ['pointerdown', 'wheel'])
      this.#surface.addEventListener(event, () => this.#stay(), { passive: true });
    for (const [id, by] of [
      ['zoom-in', 2],
      ['zoom-out', 0.5],
    ] as const) {
      element(id).addEventListener('click', () => this.#zoomBy(by));
    }
    element('zoom-reset').addEventListener('click', () => this.#showAll());
  }

  #stay(): void {
    clearTimeout(this.#resting);
    this.#flight.stop();
  }

  #showAll(): void {
    this.#stay();
    this.#flight.start(this.#transform, zoomIdentity);
  }

  /** Around the word that is told of, or the query, or else the middle. */
  #zoomBy(factor: number): void {
    this.#stay();
    const query = this.#places && placeOf(this.#hits, this.#places.positions);
    const { x, y, scale } = this.#view;
    const at = this.#place(this.#cursor) ?? (query && [x + scale * query.x, y + scale * query.y]);
    this.#zoom.scaleBy(select(this.#surface), factor, at as [number, number] | undefined);
  }

  #wirePointer(): void {
    const under = ({ offsetX, offsetY }: MouseEvent) => {
      const { x, y, scale } = this.#view;
      const positions = this.#places?.positions;
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
    const direction = DIRECTIONS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction) this.#step(...direction);
    else if (event.key === '+' || event.key === '=') this.#zoomBy(2);
    else if (event.key === '-') this.#zoomBy(0.5);
    else if (event.key === '0') this.#showAll();
    else if (event.key === 'Escape') this.point(undefined);
    else if (event.key === 'Enter' && this.#cursor !== undefined) this.onChoose(this.#cursor, true);
    else return;
    event.preventDefault();
  }

  /** The keyboard's way over the map: to the next word in a direction, from the best answer at first. */
  #step(dx: number, dy: number): void {
    if (!this.#places) return;
    const { positions } = this.#places;
    this.#stay();
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

  /** Where a word is on the surface; undefined for none. */
  #place(index: number | undefined): [number, number] | undefined {
    if (index === undefined || !this.#places) return undefined;
    const { positions } = this.#places;
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
    const why = 'This browser does not draw with WebGL 2, so there is no map. The answers are all here.';
    element('map').classList.add('refused');
    element('plot').replaceChildren(create('p', {}, why));
  }
}
