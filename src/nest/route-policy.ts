import { frozenOptions } from '../core/check-options.js';
import { checkRoutePolicy, type RoutePolicy } from './apig-signature.options.js';

/** The mark that a decorator puts on its target. */
type Mark = { readonly skip: true } | { readonly policy: RoutePolicy };

/** The rule for a handler: no verification, or the policy of its decorators. */
export type RouteRule = 'skip' | RoutePolicy;

/** A marked method that is not called any more: another function without a mark has its name. */
export interface LostMark {
  readonly name: string;
  /** The origin of the other function: a decorator above the mark, or a subclass. */
  readonly by: 'decorator' | 'override';
}

const MARK = 'nestjs-apig-signature:mark';

/** The marked functions by name, for each prototype. */
const markedMethods = new WeakMap<object, Map<string | symbol, object>>();

/**
 * Marks a class or a method as one that needs a signature. Several marks on one target merge, and the upper mark wins.
 */
export function markRequired(policy: RoutePolicy): ClassDecorator & MethodDecorator {
  checkRoutePolicy(policy);
  const own = frozenOptions(policy);
  return mark((earlier) => ({ policy: mergePolicies(earlier && 'policy' in earlier ? earlier.policy : {}, own) }));
}

/** Marks a class or a method as one that needs no signature. */
export function markSkipped(): ClassDecorator & MethodDecorator {
  return mark(() => ({ skip: true }));
}

/**
 * The rule for a handler of a class. Options of the method's mark replace those of the class's mark. Options of the
 * class's mark replace those of the classes that it extends. A skip is not inherited, because it would open subclasses
 * unnoticed.
 */
export function ruleFor(type: object, handler: object): RouteRule {
  const onMethod = markOn(handler);
  const skip = onMethod ?? markOn(type);
  if (skip && 'skip' in skip) return 'skip';
  const marks = [...lineage(type).map(markOn).reverse(), onMethod];
  return marks.reduce<RoutePolicy>(
    (merged, each) => (each && 'policy' in each ? mergePolicies(merged, each.policy) : merged),
    {},
  );
}

/** The methods of a class that have lost a mark. A subclass that overrides a skipped method loses nothing. */
export function lostMarksOf({ prototype }: { readonly prototype: object }): LostMark[] {
  const prototypes = lineage(prototype);
  return prototypes.flatMap((owner) =>
    [...(markedMethods.get(owner) ?? [])].flatMap(([name, marked]): LostMark[] => {
      const called: unknown = prototypes
        .map((each) => Object.getOwnPropertyDescriptor(each, name))
        .find((each) => each)?.value;
      const by = owner === prototype ? 'decorator' : 'override';
      const isLost = called !== marked && typeof called === 'function' && !markOn(called);
      return isLost && (by === 'decorator' || 'policy' in markOn(marked)!) ? [{ name: String(name), by }] : [];
    }),
  );
}

/** Whether a class itself is marked as one that needs no signature. */
export function isSkippedClass(type: object): boolean {
  const mark = markOn(type);
  return mark !== undefined && 'skip' in mark;
}

/** Replaces the options of `base` by those of `policy`. `undefined` means not set. Lists are replaced, not joined. */
export function mergePolicies(base: RoutePolicy, policy: RoutePolicy): RoutePolicy {
  const set = Object.entries(policy).filter(([, value]) => value !== undefined);
  return { ...base, ...(Object.fromEntries(set) as RoutePolicy) };
}

function mark(next: (earlier: Mark | undefined) => Mark): ClassDecorator & MethodDecorator {
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor) => {
    const marked = (descriptor?.value ?? target) as object;
    if (descriptor) keepMarked(target, name!, marked);
    const earlier = markOn(marked);
    const later = next(earlier);
    if (earlier && 'skip' in earlier !== 'skip' in later) {
      throw new TypeError('@RequireApigSignature() and @SkipApigSignature() on one target contradict each other');
    }
    Reflect.defineMetadata(MARK, later, marked);
  };
}

function keepMarked(prototype: object, name: string | symbol, marked: object): void {
  const methods = markedMethods.get(prototype) ?? new Map<string | symbol, object>();
  markedMethods.set(prototype, methods.set(name, marked));
}

function markOn(target: object): Mark | undefined {
  return Reflect.getOwnMetadata(MARK, target) as Mark | undefined;
}

/** A class and the classes that it extends, nearest first. `Object` comes last, and has no marks. */
function lineage(type: object): object[] {
  const parent = Object.getPrototypeOf(type) as object | null;
  return parent === null ? [type] : [type, ...lineage(parent)];
}
