import { Body, Controller, Post } from '@nestjs/common';
import { RequireApigSignature } from 'nestjs-apig-signature';

/**
 * Reads JSON alone. A gateway that signs `host;x-sdk-date` signs no Content-Type, so anyone on the way could have the
 * signed bytes read as a form: `contentTypes` refuses that.
 */
@RequireApigSignature({ contentTypes: ['application/json'] })
@Controller('orders')
export class OrdersController {
  @Post()
  order(@Body() order?: { readonly item?: unknown }) {
    return { ordered: order?.item ?? 'nothing' };
  }
}
