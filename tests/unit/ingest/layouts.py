"""Headers and field names of the platforms' own exports, in file order, as seen in real files."""


def _cells(header: str) -> tuple[str, ...]:
    return tuple(header.split(","))


#: 抖店 order export, default layout
ORDERS_74 = _cells(
    "主订单编号,子订单编号,选购商品,商品规格,商品数量,商品ID,商家编码,商品单价,订单应付金额,运费,优惠总金额,"
    "平台优惠,商家优惠,达人优惠,商家改价,支付优惠,红包抵扣,支付方式,手续费,收件人,收件人手机号,省,市,区,街道,"
    "详细地址,是否修改过地址,地址修改时段,买家留言,订单提交时间,旗帜颜色,商家备注,订单完成时间,支付完成时间,"
    "APP渠道,流量来源,订单状态,承诺发货时间,订单类型,鲁班落地页ID,达人ID,达人昵称,所属门店ID,售后状态,"
    "取消原因,预约发货时间,仓库ID,仓库名称,序列号,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,"
    "发货主体明细,发货时间,降价类优惠,平台实际承担优惠金额,商家实际承担优惠金额,达人实际承担优惠金额,预计送达时间,"
    "是否平台仓自流转,车型,商品69码,发货SN码,发货IMEI码1,发货IMEI码2,预约送达时间,"
    "建议发货时间（起）,建议发货时间（止）,物流SN码,物流IMEI码1,物流IMEI码2"
)
#: the same without 序列号
ORDERS_73 = tuple(name for name in ORDERS_74 if name != "序列号")

#: 抖店 order export with fields chosen by the shop
ORDERS_75 = _cells(
    "主订单编号,子订单编号,支付方式,选购商品,货号,商品ID,商家编码,商品数量,商品金额,订单提交时间,支付完成时间,"
    "订单完成时间,承诺发货时间,预约发货时间,买家留言,旗帜颜色,商家备注,APP渠道,订单状态,取消原因,售后状态,"
    "订单类型,发货时间,车型,是否是以旧换新,换新额外补贴,换新额外补贴发放状态,订单应付金额,运费,优惠总金额,"
    "平台优惠,商家优惠,达人优惠,商家改价,支付优惠,手续费,红包抵扣,降价类优惠,平台实际承担优惠金额,"
    "商家实际承担优惠金额,达人实际承担优惠金额,收件人,收件人手机号,省,市,区,街道,详细地址,是否修改过地址,快递信息,"
    "序列号,达人ID,达人昵称,拼团订单团编号,商品单价是否含税,税费,鲁班落地页ID,所属门店ID,流量来源,仓库ID,"
    "仓库名称,是否安心购,广告渠道,流量类型,流量体裁,流量渠道,发货主体,发货主体明细,教育优惠,预计送达时间,"
    "是否平台仓自流转,是否是渠道商品,预约送达时间,建议发货时间（起）,建议发货时间（止）"
)
#: 抖店 after-sales export (售后单)
AFTER_SALES_50 = _cells(
    "售后单号,订单号,商品单号,商品名称,商品ID,应付金额（元）,商品运费（元）,支付优惠（元）,商品税费（元）,"
    "商品发货状态,售后类型,退商品金额（元）,退运费金额（元）,退支付优惠（元）,退税费金额（元）,售后状态,"
    "售后申请时间,退款方式,是否已上传退款凭证,售后原因,售后原因标签,退货物流单号,退货异常,退货发货时间,"
    "退货物流公司,自动处理截止时间,同意售后申请时间,商家退款时间,用户到账时间,售后关闭时间,商家退货地址,"
    "商家退货联系人姓名,商家退货联系人电话,仲裁状态,纠纷责任方,是否极速退款,是否拒签后退款,发货物流单号,"
    "发货物流状态,换货物流单号,退货物流状态,售后完结时间,订单备注,用户售后说明,售后备注,操作人,协商记录,"
    "换货商品信息,商家编码,门店名称"
)
#: 旺店通 stock export (.xls)
STOCK_XLS = _cells(
    "商家编码,条码,货品编号,货品名称,货品简称,货品标签,规格名称,规格码,品牌,已质检库存,未发货订单总数,零售价,"
    "批发价,市场价,会员价,最低价,分类,库存,单品重量,残次品,单位,辅助单位,辅助说明,可发库存,可用库存,警戒库存下限,"
    "警戒库存上限,未付款量,预订单量,待审核量,待发货量,锁定量,待采购量,采购在途,采购到货量,待调拨量,待调出量,"
    "其他待入库量,其他待出库量,调拨在途,采购退货,销售退货在途量,生产待出库量,生产待入库量,待质检量,外部库存,"
    "库存差异,同步时间,备注,货品备注,单品备注,税率,首销时间,单品创建时间,最后盘点时间,实际库存,实际可发库存,"
    "图片链接,图片,主供应商,自定义库存1,自定义库存2,自定义库存3,自定义库存4,自定义库存5"
)

#: 74 columns and the 16 福袋采购 ones, whose names differ from shop to shop
ORDERS_90 = ORDERS_74 + _cells(
    "福袋采购单号,福袋活动ID,福袋活动名称,福袋商品ID,福袋商品名称,福袋规格,福袋数量,福袋采购单价,福袋采购金额,福袋采购时间,"
    "福袋采购状态,福袋发放直播间ID,福袋发放达人ID,福袋发放达人昵称,福袋中奖人数,福袋采购备注"
)
ORDER_LAYOUTS = {73: ORDERS_73, 74: ORDERS_74, 75: ORDERS_75, 90: ORDERS_90}

#: 千川 downloads: 标准推广 by plan and day, 推商品 and 推抖音号
ADS_PLANS = _cells(
    "日期,计划ID,计划名称,消耗(元),展示次数,点击次数,点击率(%),转化数,转化率(%),转化成本(元),7日总支付ROI,直接成交金额(元),直接成交订单数,"
    "直接支付ROI,直接下单金额(元),直接下单订单数,直接下单ROI,7日间接成交金额(元),成交智能优惠券金额,播放数,3s播放数,播放完成数,推广类型"
)
ADS_PRODUCTS = _cells(
    "日期,商品ID,商品名称,整体展示次数,整体点击次数,整体点击率,整体转化率,整体消耗,整体成交金额,整体支付ROI,整体成交订单成本,"
    "用户实际支付金额,电商平台补贴金额,净成交ROI,净成交金额,净成交订单成本,净成交金额结算率,1小时内退款率"
)
ADS_ACCOUNTS = ("日期", "抖音号名称", "抖音号ID", *ADS_PRODUCTS[3:])

#: report/ad/get, hourly
ADS_API = _cells(
    "advertiser_id,ad_id,stat_datetime,stat_cost,show_cnt,click_cnt,ctr,cpm_platform,cpc_platform,convert_cnt,convert_cost,convert_rate,"
    "pay_order_count,pay_order_amount,create_order_count,create_order_amount,create_order_roi,prepay_and_pay_order_roi,"
    "indirect_order_pay_count_7days,indirect_order_pay_gmv_7days,all_order_pay_count_7days,all_order_pay_gmv_7days,"
    "all_order_pay_roi_7days,all_order_refund_count_7d,all_order_refund_amount_7d,all_order_refund_count_14d,"
    "all_order_refund_amount_14d,ad_all_order_settle_amount_7d,ad_all_order_settle_amount_14d,luban_live_enter_cnt,"
    "luban_live_slidecart_click_cnt,luban_live_click_product_cnt,live_watch_one_minute_count,dy_follow,total_play,ad_name,marketing_goal"
)
