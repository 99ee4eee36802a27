/// <reference lib="esnext.disposable" preserve="true" />

/** `Symbol.dispose`; where there is none, what compilers use in its place. */
export const dispose: typeof Symbol.dispose = /* @__PURE__ */ wellKnown('dispose');

/** `Symbol.asyncDispose`, likewise. */
export const asyncDispose: typeof Symbol.asyncDispose = /* @__PURE__ */ wellKnown('asyncDispose');

function wellKnown<Name extends 'dispose' | 'asyncDispose'>(name: Name): SymbolConstructor[Name] {
  return Symbol[name] ?? (Symbol.for(`Symbol.${name}`) as SymbolConstructor[Name]);
}

/**
 * Gives an object a method under a symbol, for `using` and `await using`. A computed key in the body
 * of a class would keep the class in every bundle: bundlers must take it for a side effect.
 */
export function defineMethod(object: object, key: symbol, method: () => unknown): void {
  Object.defineProperty(object, key, { value: method, configurable: true });
}
