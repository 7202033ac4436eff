/**
 * For programs started with `LIFELINE=stdin`: their standard input is a pipe that nobody writes to
 * and whose other end only the parent holds. Its end means that the parent is gone.
 * @param {() => void} onParentGone called once at most
 */
export function watchLifeline(onParentGone) {
  if (process.env.LIFELINE !== 'stdin') return;
  let told = false;
  const tell = () => {
    if (told) return;
    told = true;
    onParentGone();
  };
  process.stdin.once('end', tell).once('close', tell).once('error', tell);
  process.stdin.resume();
}
