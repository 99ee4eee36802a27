import { create } from '../dom';
import type { View } from './points';

/** Something to write at a place of the map. */
export interface Label {
  readonly text: string;
  /** The name of a region, an answer, or a word that happens to be in view. */
  readonly kind: 'place' | 'hit' | 'word';
  readonly x: number;
  readonly y: number;
}

/** Room that a label keeps free around it, in pixels. */
const MARGIN = 4;
/** How far from its dot a word stands: outside the query's ring. */
const BESIDE = 15;

/** Half of the query's ring, without its glow. */
const RING = 10;

interface Written extends Label {
  readonly element: HTMLElement;
  width: number;
  height: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A place in the map's unit square. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

const SVG = 'http://www.w3.org/2000/svg';

/**
 * Words over the points, and the way that the queries have taken. Where two words would overlap, the
 * later one is left out.
 */
export class Labels {
  readonly #root: HTMLElement;
  readonly #query = create('span', { class: 'query' });
  readonly #trail = document.createElementNS(SVG, 'polyline');
  #labels: Written[] = [];
  #place: Place | undefined;
  #way: readonly Place[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#query.hidden = true;
    const drawing = document.createElementNS(SVG, 'svg');
    drawing.classList.add('trail');
    drawing.append(this.#trail);
    root.append(drawing, this.#query);
  }

  /**
   * @param query where the query's ring is; undefined for none
   * @param way where the queries before it were, the latest last
   */
  set(labels: readonly Label[], query: Place | undefined, way: readonly Place[]): void {
    this.#place = query;
    this.#way = query ? [...way, query] : way;
    this.#query.hidden = !query;
    const before = this.#labels;
    const old = new Map(before.map((label) => [`${label.kind} ${label.text}`, label]));
    this.#labels = labels.map((label) => {
      const key = `${label.kind} ${label.text}`;
      const element = old.get(key)?.element ?? create('span', { class: label.kind }, label.text);
      old.delete(key);
      return { ...label, element, width: 0, height: 0 };
    });
    // Two words can be spelt alike; each has an element of its own.
    const kept = new Set(this.#labels.map(({ element }) => element));
    for (const { element } of before) if (!kept.has(element)) element.remove();
    this.#root.append(...this.#labels.map(({ element }) => element).filter(({ parentNode }) => !parentNode));
    for (const label of this.#labels) {
      label.element.hidden = false;
      label.width = label.element.offsetWidth;
      label.height = label.element.offsetHeight;
    }
  }

  /** @param controls what stands over the map, where words could not be read */
  draw(view: View, controls: HTMLElement): void {
    const { clientWidth, clientHeight } = this.#root;
    if (this.#place)
      move(this.#query, view.x + view.scale * this.#place.x, view.y + view.scale * this.#place.y);
    this.#trail.setAttribute(
      'points',
      this.#way.map(({ x, y }) => `${view.x + view.scale * x},${view.y + view.scale * y}`).join(' '),
    );
    const taken = [boxOf(controls)];
    if (this.#place) taken.push(ringAround(view, this.#place));
    for (const { element, kind, x, y, width, height } of this.#labels) {
      const dot = { x: view.x + view.scale * x, y: view.y + view.scale * y };
      const box = spots(dot, width, height, kind)
        .map(({ left, top }) => ({ left, top, right: left + width, bottom: top + height }))
        .find(
          (box) => isInside(box, clientWidth, clientHeight) && !taken.some((other) => overlap(box, other)),
        );
      element.style.visibility = box ? 'visible' : 'hidden';
      if (!box) continue;
      taken.push(box);
      move(element, box.left, box.top);
    }
  }
}

function boxOf({ offsetLeft, offsetTop, offsetWidth, offsetHeight }: HTMLElement): Box {
  return {
    left: offsetLeft,
    top: offsetTop,
    right: offsetLeft + offsetWidth,
    bottom: offsetTop + offsetHeight,
  };
}

function ringAround(view: View, { x, y }: Place): Box {
  const [left, top] = [view.x + view.scale * x - RING, view.y + view.scale * y - RING];
  return { left, top, right: left + 2 * RING, bottom: top + 2 * RING };
}

/** Places to try: names of regions stand in their middle, words beside their dot. */
function spots({ x, y }: Place, width: number, height: number, kind: Label['kind']) {
  const middle = y - height / 2;
  if (kind === 'place') return [{ left: x - width / 2, top: middle }];
  const [right, left] = [x + BESIDE, x - width - BESIDE];
  return [
    { left: right, top: middle },
    { left, top: middle },
    { left: right, top: middle + height },
    { left: right, top: middle - height },
    { left, top: middle + height },
    { left, top: middle - height },
  ];
}

function isInside({ left, top, right, bottom }: Box, width: number, height: number): boolean {
  return left >= 2 && top >= 2 && right <= width - 2 && bottom <= height - 2;
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.left < other.right + MARGIN &&
    one.right + MARGIN > other.left &&
    one.top < other.bottom &&
    one.bottom > other.top
  );
}

function move(element: HTMLElement, x: number, y: number): void {
  element.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
}
