import { create } from '../dom';
import type { View } from './points';

/** Something to write at a place of the map. */
export interface Label {
  readonly text: string;
  readonly kind: 'place' | 'hit';
  readonly x: number;
  readonly y: number;
}

/** Room that a label keeps free around it, in pixels. */
const MARGIN = 4;
/** How far from its dot a word stands: outside the query's ring. */
const BESIDE = 15;

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

/** Words over the points. Where two would cover each other, the later one is left out. */
export class Labels {
  readonly #root: HTMLElement;
  readonly #query = create('span', { class: 'query' });
  #labels: Written[] = [];
  #place: { x: number; y: number } | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#query.hidden = true;
    root.append(this.#query);
  }

  /** @param query where the query's ring stands; undefined for none */
  set(labels: readonly Label[], query: { x: number; y: number } | undefined): void {
    this.#place = query;
    this.#query.hidden = !query;
    const old = new Map(this.#labels.map((label) => [`${label.kind} ${label.text}`, label]));
    this.#labels = labels.map((label) => {
      const key = `${label.kind} ${label.text}`;
      const element = old.get(key)?.element ?? create('span', { class: label.kind }, label.text);
      old.delete(key);
      return { ...label, element, width: 0, height: 0 };
    });
    for (const { element } of old.values()) element.remove();
    this.#root.append(...this.#labels.map(({ element }) => element).filter(({ parentNode }) => !parentNode));
    for (const label of this.#labels) {
      label.element.hidden = false;
      label.width = label.element.offsetWidth;
      label.height = label.element.offsetHeight;
    }
  }

  draw(view: View): void {
    const { clientWidth, clientHeight } = this.#root;
    if (this.#place)
      move(this.#query, view.x + view.scale * this.#place.x, view.y + view.scale * this.#place.y);
    const taken: Box[] = [];
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

/** Places to try: names of regions stand in their middle, words beside their dot. */
function spots({ x, y }: { x: number; y: number }, width: number, height: number, kind: Label['kind']) {
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
