export interface Fault {
  /** Start of the path on the vendor port, `/v3/orders`. */
  readonly pathPrefix: string;
  readonly seller?: string;
  /** Fires at the n-th matching call, counted from when the fault was set; 1 is the next. */
  readonly nth: number;
  /** For how many matching calls in a row. */
  readonly times: number;
  /** Answer with this status and no useful body. */
  readonly status?: number;
  /** Wait first; without `status` and `reset` the right answer follows. */
  readonly delayMs?: number;
  /** Close the connection without an answer. */
  readonly reset?: boolean;
}

/** Planted faults, each counting the calls it matches. */
export class Faults {
  private planted: { readonly fault: Fault; seen: number }[] = [];

  plant(fault: Fault): void {
    this.planted.push({ fault, seen: 0 });
  }

  clear(): void {
    this.planted = [];
  }

  /** The fault for this call, if one is due. */
  due(path: string, seller: string | null): Fault | undefined {
    let due: Fault | undefined;
    for (const entry of this.planted) {
      const { fault } = entry;
      if (!path.startsWith(fault.pathPrefix)) continue;
      if (fault.seller !== undefined && fault.seller !== seller) continue;
      entry.seen += 1;
      if (entry.seen >= fault.nth && entry.seen < fault.nth + fault.times) due ??= fault;
    }
    this.planted = this.planted.filter(({ fault, seen }) => seen < fault.nth + fault.times - 1);
    return due;
  }
}
