/** A place in a ring of items. A new place is a ring of its own, and stays one if it is where a ring begins and ends. */
export class Place<T> {
  previous: Place<T> = this;
  next: Place<T> = this;
  readonly item: T;

  constructor(item: T) {
    this.item = item;
  }

  /** Takes it out of its ring, and puts it before another place. */
  moveBefore(other: Place<T>): void {
    this.leave();
    [this.previous, this.next] = [other.previous, other];
    this.previous.next = other.previous = this;
  }

  leave(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this.next = this;
  }
}
