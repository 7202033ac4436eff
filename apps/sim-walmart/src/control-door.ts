import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Item, SellerBooks } from './books.js';
import type { Fault, Faults } from './faults.js';
import { SHIP_NODE_TYPES, type OrderVersion } from './order-text.js';
import { APIS } from './rate-limits.js';
import { BodyTooLarge, readBody } from './request-body.js';
import type { Sellers } from './sellers.js';
import type { TruthLog } from './truth-log.js';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

export interface ControlWorld {
  readonly sellers: Sellers;
  readonly faults: Faults;
  readonly truth: TruthLog;
  /** Puts the switches in force into the truth log, with what changed them. */
  readonly recordSwitch: (cause: string, change: Readonly<Record<string, unknown>>) => void;
}

class BadControl extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** The control API: plain http, for the test's own hands, never for a connector. */
export function controlServer(world: ControlWorld): Server {
  return createServer((request, response) => {
    handle(world, request)
      .then((body) => reply(response, 200, body))
      .catch((error: unknown) => {
        const status =
          error instanceof BadControl ? error.status : error instanceof BodyTooLarge ? 413 : 400;
        reply(response, status, { error: error instanceof Error ? error.message : String(error) });
      });
  });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function handle(world: ControlWorld, request: IncomingMessage): Promise<unknown> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const route = `${request.method} ${path}`;
  const text = await readBody(request, MAX_BODY_BYTES);
  if (route === 'GET /health') return { status: 'ok', sellers: world.sellers.count };
  if (route === 'POST /faults') return plant(world, fields(text));
  if (route === 'DELETE /faults') {
    world.faults.clear();
    world.recordSwitch(route, {});
    return {};
  }
  const [, root, sellerId, what, purchaseOrderId] = path.split('/').map(decodeURIComponent);
  if (root !== 'sellers' || !sellerId) throw new BadControl(404, `no such control: ${route}`);
  if (request.method === 'PUT' && what === undefined)
    return putSeller(world, sellerId, fields(text));
  const seller = world.sellers.get(sellerId);
  if (!seller)
    throw new BadControl(404, `seller ${sellerId} is not known: PUT /sellers/${sellerId} first`);
  switch (`${request.method} ${what}`) {
    case 'GET summary':
      return seller.summary();
    case 'POST items':
      return postItems(world, seller, text);
    case 'POST orders':
      return postOrders(world, seller, text);
    case 'PATCH orders':
      return patchOrder(world, seller, purchaseOrderId ?? '', fields(text));
    case 'PUT rates':
      return putRates(world, seller, fields(text));
    default:
      throw new BadControl(404, `no such control: ${route}`);
  }
}

function fields(text: string): Fields {
  const read: unknown = JSON.parse(text);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new BadControl(400, 'the body must be a JSON object');
  }
  return read as Fields;
}

function list(text: string): readonly Fields[] {
  const read: unknown = JSON.parse(text);
  if (!Array.isArray(read)) throw new BadControl(400, 'the body must be a JSON array');
  return read as readonly Fields[];
}

function textOf(from: Fields, name: string): string {
  const found = from[name];
  if (typeof found !== 'string' || found === '')
    throw new BadControl(400, `${name} must be a text`);
  return found;
}

function numberOf(from: Fields, name: string): number {
  const found = from[name];
  if (typeof found !== 'number' || !Number.isFinite(found)) {
    throw new BadControl(400, `${name} must be a number`);
  }
  return found;
}

function putSeller(world: ControlWorld, sellerId: string, body: Fields): unknown {
  const clientId = textOf(body, 'clientId');
  const partnerId = body['partnerId'] === undefined ? undefined : textOf(body, 'partnerId');
  world.sellers.put(sellerId, {
    clientId,
    clientSecret: textOf(body, 'clientSecret'),
    ...(partnerId === undefined ? {} : { partnerId }),
  });
  world.recordSwitch('PUT /sellers', { seller: sellerId, client: clientId });
  return { walmartSellerId: sellerId };
}

function postItems(world: ControlWorld, seller: SellerBooks, text: string): unknown {
  const items = list(text).map((body): Item => {
    const shelf = body['shelf'] ?? ['UNNAV'];
    if (!Array.isArray(shelf) || !shelf.every((name) => typeof name === 'string')) {
      throw new BadControl(400, 'shelf must be an array of texts');
    }
    const name = body['productName'];
    return {
      sku: textOf(body, 'sku'),
      productType: textOf(body, 'productType'),
      shelf: shelf,
      ...(typeof name === 'string' ? { productName: name } : {}),
    };
  });
  world.truth.append(...seller.commitItems(items));
  return { items: items.length };
}

function versionOf(body: Fields): OrderVersion {
  const shipNodeType = SHIP_NODE_TYPES.find((type) => type === body['shipNodeType']);
  if (!shipNodeType)
    throw new BadControl(400, `shipNodeType must be one of ${SHIP_NODE_TYPES.join(', ')}`);
  const list = body['list'] as OrderVersion['list'];
  return {
    shipNodeType,
    created: numberOf(body, 'created'),
    modified: numberOf(body, 'modified'),
    order: body['order'] as OrderVersion['order'],
    ...(list === undefined ? {} : { list }),
  };
}

function postOrders(world: ControlWorld, seller: SellerBooks, text: string): unknown {
  const versions = list(text).map(versionOf);
  world.truth.append(...seller.commitOrders(versions));
  return { orders: versions.length };
}

function patchOrder(world: ControlWorld, seller: SellerBooks, po: string, body: Fields): unknown {
  const earlier = seller.order(po);
  if (!earlier) throw new BadControl(404, `purchase order ${po} is not known`);
  const { shipNodeType, created } = earlier;
  const version = versionOf({ shipNodeType, created, ...body });
  const order =
    typeof version.order === 'string' ? (JSON.parse(version.order) as Fields) : version.order;
  if (order['purchaseOrderId'] !== po) {
    throw new BadControl(400, `the body is not of purchase order ${po}`);
  }
  world.truth.append(...seller.commitOrders([version]));
  return { purchaseOrderId: po };
}

function putRates(world: ControlWorld, seller: SellerBooks, body: Fields): unknown {
  for (const name of Object.keys(body)) {
    if (!APIS.some((api) => api === name)) {
      throw new BadControl(400, `no API named ${name}: ${APIS.join(', ')}`);
    }
    if (numberOf(body, name) <= 0) throw new BadControl(400, `${name} must be above 0`);
  }
  seller.limits.change(body);
  world.recordSwitch('PUT rates', {
    seller: seller.walmartSellerId,
    rates: seller.limits.inForce(),
  });
  return seller.limits.inForce();
}

function plant(world: ControlWorld, body: Fields): unknown {
  const optional = (name: string): number | undefined =>
    body[name] === undefined ? undefined : numberOf(body, name);
  const status = optional('status');
  const delayMs = optional('delayMs');
  if (status === undefined && delayMs === undefined && body['reset'] !== true) {
    throw new BadControl(400, 'a fault needs status, delayMs or reset');
  }
  const fault: Fault = {
    pathPrefix: textOf(body, 'pathPrefix'),
    ...(body['seller'] === undefined ? {} : { seller: textOf(body, 'seller') }),
    nth: optional('nth') ?? 1,
    times: optional('times') ?? 1,
    ...(status === undefined ? {} : { status }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(body['reset'] === true ? { reset: true } : {}),
  };
  world.faults.plant(fault);
  world.recordSwitch('POST /faults', { fault });
  return fault;
}
