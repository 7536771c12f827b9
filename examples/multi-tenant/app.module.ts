import { Controller, ForbiddenException, Get, Module } from '@nestjs/common';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from 'nestjs-apig-signature';
import { Database, DatabaseModule, SigningKeys } from './signing-keys.js';

@RequireApigSignature()
@Controller('invoices')
class InvoicesController {
  constructor(
    private readonly keys: SigningKeys,
    private readonly database: Database,
  ) {}

  @Get()
  async invoices(@VerifiedSignature() caller: VerifiedRequest) {
    const tenant = await this.keys.tenantOf(caller.key);
    if (tenant === undefined) throw new ForbiddenException(); // the key was revoked a moment ago
    return this.database.rows('select number from invoices where tenant = $1 order by number', tenant);
  }
}

@Module({
  imports: [
    DatabaseModule,
    ApigSignatureModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [SigningKeys],
      useFactory: (keys: SigningKeys) => ({ keys: (key) => keys.secretsOf(key) }),
    }),
  ],
  controllers: [InvoicesController],
})
export class AppModule {}
