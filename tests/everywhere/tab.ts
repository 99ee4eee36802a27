/** A page, in whatever browser. */
export interface Tab {
  goto(url: string): Promise<void>;
  /** Runs a function on the page; what goes in and comes out is JSON. */
  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Result, Argument>(
    work: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>;
}

/** Someone who was never here before: nothing is kept for them. */
export interface Visitor {
  readonly tab: Tab;
  leave(): Promise<void>;
}

/** A browser that runs. */
export interface Running {
  newVisitor(): Promise<Visitor>;
  close(): Promise<void>;
}
