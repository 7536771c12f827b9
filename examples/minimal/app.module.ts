import { Controller, Get, Module, Param } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ApigSignatureModule, RequireApigSignature } from 'nestjs-apig-signature';

@RequireApigSignature()
@Controller('orders')
class OrdersController {
  @Get(':id')
  order(@Param('id') id: string) {
    return { id };
  }
}

@Module({ imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot()], controllers: [OrdersController] })
export class AppModule {}
