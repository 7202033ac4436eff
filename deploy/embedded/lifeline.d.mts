/** Calls back when the parent of a program started with `LIFELINE=stdin` is gone. */
export function watchLifeline(onParentGone: () => void): void;
