/** Sizes of what the page loads, in bytes, and how many words there are; the build fills them in. */
export const SIZES = __SIZES__;
