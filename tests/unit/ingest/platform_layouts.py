"""Headers and fields of the platforms' exports and answers beyond the first ones of layouts.py, in file order."""

from layouts import _cells

#: 抖店 settlement bill (结算账单)
SETTLEMENTS_34 = _cells(
    "结算时间,订单号,子订单号,结算金额,结算账户,结算单类型,有结算前退款,下单时间,商品ID,商品数量,业务类型,"
    "订单类型,订单总价,商品总价,运费,店铺劵,结算前退款金额,平台补贴,达人补贴,抖音支付补贴,抖音月付营销补贴,"
    "用户实付,收入合计,平台服务费,佣金,渠道分成,招商服务费,站外推广费,其他分成,其他分成说明,支出合计,是否免佣,"
    "免佣金额,备注"
)
#: 抖店 fund bill (动账), 39 columns
FUND_FLOWS_39 = _cells(
    "动账时间,动帐流水号,动账方向,动账金额,动账账户,动账场景,计费类型,子订单号,订单号,售后编号,下单时间,商品ID,"
    "商品名称,达人ID,达人名称,订单类型,订单实付应结,运费实付,实际平台补贴_运费,实际平台补贴,其他平台补贴,"
    "以旧换新抵扣,政府补贴平台垫资,实际达人补贴,实际抖音支付补贴,实际抖音月付营销补贴,银行补贴,订单退款,"
    "平台服务费,佣金,服务商佣金,渠道分成,招商服务费,站外推广费,其他分成,是否免佣,免佣金额,商户主体名称,备注"
)
#: 抖音电商罗盘 live session list, 55 columns
LIVE_SESSIONS_55 = _cells(
    "主播头像,主播昵称,主播抖音号,直播开始时间,直播结束时间,直播时长(分钟),直播间曝光人数,直播间曝光次数,"
    "直播间观看人数,单小时观看人数,直播间观看次数,直播激励观看次数,最高在线人数,平均在线人数,"
    "人均观看时长(分钟),评论次数,新加直播团人数,新增粉丝数,取关粉丝数,观看老粉占比,带货商品数,"
    "直播间商品曝光人数,直播间商品点击人数,直播间商品曝光次数,直播间商品点击次数,直播间成交订单数,"
    "直播间成交金额,直播间用户支付金额,单小时用户支付金额,直播间成交件数,直播间成交人数,直播间退款订单数,"
    "直播间退款金额,直播间退款人数,预估佣金支出,商品曝光-点击率(次数),商品曝光-点击率(人数),"
    "商品点击-成交率(次数),商品点击-成交率(人数),观看-成交率(次数),观看-成交率(人数),预售订单数,预售全款金额,"
    "新加购物团人数,投放消耗(店铺绑定),投放消耗(店铺被投),净成交金额,净成交订单数,1小时退款金额,"
    "1小时退款订单数,1小时退款率,消费券引导支付金额,消费券引导支付占比,消费券补贴金额,消费券使用量"
)
#: 快手小店 order export, with the optional 国补类型
KUAISHOU_ORDERS_62 = _cells(
    "订单号,赠品订单号,活动订单编号,订单创建时间,订单支付时间,预售定金支付时间,订单状态,实付款,快递费,店铺优惠,"
    "平台补贴,主播补贴,混资活动优惠,支付优惠,支付方式,成交数量,买家留言,账号类型,账号明细,订单备注,旗帜颜色,"
    "售后状态,活动订单,预售/承诺发货时间,订单载体,国补类型,商品名称,商品ID,商品规格,SKU编码,商品单价,渠道,"
    "CPS达人ID,CPS达人昵称,预估推广佣金,预估推广者分佣比例,团长ID,团长昵称,快赚客ID,快赚客昵称,授权推广者ID,"
    "授权推广者昵称,收货人姓名,收货人电话,收货地址-省,收货地址-市,收货地址-区,收货地址-街道,收货地址,发货时间,"
    "快递公司,快递单号,物流信息,集运类型,直邮类型,仓库名称,仓库地址,实名姓名,服务门店ID,服务门店名称,"
    "服务门店地址,国补/类国补/消费券"
)
#: 微信小店 order export
WEIXIN_ORDERS = _cells(
    "订单号,订单下单时间,订单发货时间,订单确认收货时间,订单完成结算时间,订单状态,发货方式,收件人姓名,"
    "收件人地址,省,市,区,收件人手机,买家备注,商家备注,打标颜色,商品总价,订单实际支付金额,订单实际收款金额,"
    "订单运费,商品优惠,跨店优惠,商品改价,积分抵扣,支付方式,支付时间,交易单号,物流公司,快递单号,技术服务费,"
    "技术服务费（将以人气卡形式返还）,运费险预计投保费用,带货方式,带货账号类型,带货账号昵称,带货费用渠道,"
    "带货费用类型,带货费用,带货佣金率,礼物单号,商品名称,商品编码(平台),商品编码(自定义),SKU编码(自定义),"
    "商品属性,商品价格(单件),商品实际价格(单件),商品实际价格(总共),是否预售,商品数量,商品平台券优惠,"
    "商品平均运费,定制信息,定制预览图,商品发货,商品售后,商品已退款金额"
)
#: 千牛 order file
TAOBAO_ORDERS_19 = _cells(
    "订单编号,支付单号,支付详情,买家应付货款,买家应付邮费,总金额,买家实付金额,订单创建时间,订单付款时间,"
    "商品标题,退款金额,是否主动赔付,主动赔付金额,主动赔付出账时间,商品属性SKU,C2B小额收款,确认收货打款金额,"
    "含应开票给个人红包,总金额(旧版)"
)
#: 千牛 sub-order (宝贝) file, the columns seen
TAOBAO_SUB_ORDERS = _cells("主订单编号,子订单编号,标题,购买数量,退款状态,退款金额")
#: 聚水潭 order export
JST_ORDERS_47 = _cells(
    "订单号,线上订单号,店铺编号,店铺,买家账号,下单时间,付款日期,发货日期,应付金额,已付金额,抵扣金额,运费,状态,"
    "店铺状态,异常类型,快递公司,快递单号,收货人姓名,省份,城市,区县,街道,地址,手机,固话,订单类型,买家留言,"
    "订单备注,发货仓,标签,支付单号,平台站点,子订单编号,原始线上订单号,款号,商品编码,商品名称,颜色及规格,数量,"
    "商品单价,商品金额,是否赠品,子订单状态,成本价,申请退货数量,实退数量,订单退款金额"
)
#: 聚水潭 订单商品明细报表 (其它价格 and 其它属性 1 to 5 written out)
JST_ORDER_ITEMS_84 = _cells(
    "内部订单号,标记多标签,售后单号,订单类型,线上订单号,订单状态,发货仓,分销商,店铺,买家账号,买家留言,卖家备注,"
    "订单日期,发货日期,付款日期,确认收货日期,供销支付时间,业务员,收件人姓名,省,市,区县,快递公司,快递单号,"
    "售后登记日期,售后确认日期,售后分类,售后进仓日期,问题类型,售后进仓单号,商品编码,款式编码,原始线上订单号,"
    "虚拟分类,产品分类,品牌,名称,颜色规格,线上颜色规格,供应商,供应商款号,供应商商品编码,店铺商品编码,售价,"
    "销售数量,赠品数量,价格为零的商品数量,实发数量,实发金额,销售金额,已付金额,应付金额,基本售价,退货数量,"
    "实退数量,退货金额,运费收入,运费收入分摊,运费支出,实退金额,运费支出分摊,优惠金额,订单重量,商店站点,"
    "订单来源,便签,其它价格1,其它价格2,其它价格3,其它价格4,其它价格5,其它属性1,其它属性2,其它属性3,其它属性4,"
    "其它属性5,店铺编号,线上商品名,组合装商品编码,预计发货日期,市场吊牌价,国标码,市场吊牌金额,订单支付时间"
)
#: 聚水潭 stock export, the columns seen
JST_STOCK = _cells("商品编码,主仓实际库存数,公有可用数,采购在途数,调拨在途数,订单占有数,进货仓库存,仓储方")
#: 聚水潭 inventory/query
JST_INVENTORY_API = _cells(
    "sku_id,i_id,name,qty,order_lock,pick_lock,virtual_qty,purchase_qty,return_qty,in_qty,defective_qty,"
    "lock_qty,allocate_qty,sale_refund_qty,min_qty,max_qty,customize_qty_1,customize_qty_2,customize_qty_3,"
    "modified,ts,wms_co_id"
)
#: 千川 report/ad/get and report/advertiser/get metrics
ADS_METRICS_API = _cells(
    "stat_cost,show_cnt,ctr,cpm_platform,click_cnt,pay_order_count,create_order_amount,create_order_count,"
    "pay_order_amount,create_order_roi,prepay_and_pay_order_roi,prepay_order_count,prepay_order_amount,"
    "convert_cnt,conversion_cost,conversion_rate,ecp_convert_rate,ecp_convert_cnt,ecp_convert_platform,"
    "ecp_cpa_platform,dy_follow,dy_like,dy_comment,dy_share,live_pay_order_cost_per_order,luban_live_enter_cnt,"
    "live_watch_one_minute_count,live_fans_club_join_cnt,luban_live_slidecart_click_cnt,"
    "luban_live_click_product_cnt,luban_live_comment_cnt,luban_live_share_cnt,luban_live_gift_cnt,"
    "luban_live_gift_amount,total_play,play_duration_3s,play_25_feed_break,play_50_feed_break,"
    "play_75_feed_break,play_over,play_over_rate,valid_play,average_play_time_per_play,valid_play_rate,"
    "cpc_platform,deep_convert_cnt,deep_convert_cost,deep_convert_rate,attribution_convert_cnt,"
    "attribution_convert_rate,attribution_convert_cost,attribution_deep_convert_cnt,"
    "attribution_deep_convert_cost,attribution_deep_convert_rate,all_order_create_roi_7days,"
    "all_order_pay_roi_7days,all_order_pay_count_7days,all_order_pay_gmv_7days,pay_order_cost_per_order,"
    "create_order_coupon_amount,pay_order_coupon_amount,indirect_order_create_count_7days,"
    "indirect_order_crreate_gmv_7days,indirect_order_pay_count_7days,indirect_order_pay_gmv_7days,"
    "indirect_order_pre_pay_count_7days,indirect_order_pre_pay_gmv_7days,qianchuan_first_order_cnt,"
    "qianchuan_first_order_rate,qianchuan_first_order_convert_cost,qianchuan_first_order_direct_pay_gmv,"
    "qianchuan_first_order_direct_pay_order_roi,qianchuan_first_order_ltv_30,qianchuan_first_order_roi_30,"
    "qianchuan_brand_first_order_rate,qianchuan_brand_first_order_convert_cost,"
    "qianchuan_brand_first_order_ltv_30,qianchuan_brand_first_order_direct_pay_order_roi,"
    "qianchuan_brand_first_order_roi_30,qianchuan_brand_first_order_cnt,"
    "qianchuan_brand_first_order_direct_pay_gmv,qianchuan_author_first_order_rate,"
    "qianchuan_author_first_order_roi_30,qianchuan_author_first_order_cnt,"
    "qianchuan_author_first_order_convert_cost,qianchuan_author_first_order_direct_pay_gmv,"
    "qianchuan_author_first_order_direct_pay_order_roi,qianchuan_author_first_order_ltv_30,"
    "ad_all_order_gmv_settle_rate_7d,ad_all_order_gmv_settle_rate_14d,unfinished_estimate_order_gmv,"
    "indirect_order_unfinished_estimate_gmv_7d,ad_all_order_settle_amount_7d,ad_all_order_settle_count_7d,"
    "ad_all_order_count_settle_rate_7d,ad_all_order_settle_roi_7d,ad_all_order_settle_cost_7d,"
    "all_order_refund_count_7d,all_order_refund_amount_7d,ad_order_gmv_refund_rate_7d,ad_order_refund_rate_7d,"
    "ad_all_order_settle_amount_14d,ad_all_order_settle_count_14d,ad_all_order_count_settle_rate_14d,"
    "ad_all_order_settle_roi_14d,ad_all_order_settle_cost_14d,all_order_refund_count_14d,"
    "all_order_refund_amount_14d,ad_order_gmv_refund_rate_14d,ad_order_refund_rate_14d,dislike_cnt,report_cnt,"
    "user_lose_cnt"
)
#: 千川 report/today_live/get and report/live/get
TODAY_LIVE_API = _cells(
    "ad_all_order_gmv_settle_rate_14d,ad_all_order_gmv_settle_rate_7d,ad_live_create_order_rate,"
    "ad_live_order_settle_cost_14d,ad_live_order_settle_cost_7d,ad_live_order_settle_roi_14d,"
    "ad_live_order_settle_roi_7d,ad_live_pay_order_gmv_avg,ad_live_pay_order_rate,"
    "ad_live_prepay_and_pay_order_gmv_roi,click_cnt,cpc_platform,cpm_platform,ctr,ecp_convert_cnt,"
    "ecp_convert_rate,ecp_cpa_platform,live_click_cart_count_alias,live_click_product_count_alias,"
    "live_create_order_count_alias,live_create_order_rate,live_order_pay_coupon_amount,"
    "live_order_refund_amount_14d,live_order_refund_amount_7d,live_order_refund_count_14d,"
    "live_order_refund_count_7d,live_order_settle_amount_14d,live_order_settle_amount_7d,"
    "live_order_settle_count_14d,live_order_settle_count_7d,live_order_settle_count_rate_14d,"
    "live_order_settle_count_rate_7d,live_pay_order_count_alias,live_pay_order_gmv_alias,"
    "live_pay_order_gmv_avg,live_pay_order_gmv_roi,live_pay_order_rate,live_prepay_order_count_alias,"
    "live_prepay_order_gmv_alias,live_watch_one_minute_count,luban_live_order_count,luban_live_pay_order_count,"
    "luban_live_pay_order_gmv,luban_live_pay_order_gpm,luban_live_prepay_order_count,"
    "luban_live_prepay_order_gmv,qualification_stat_cost,stat_cost,total_live_comment_cnt,"
    "total_live_fans_club_join_cnt,total_live_follow_cnt,total_live_gift_amount,total_live_gift_cnt,"
    "total_live_pay_order_gpm,total_live_share_cnt,total_live_watch_cnt"
)
#: 千川 uni_promotion/get
UNI_PROMOTION_API = _cells(
    "stat_cost,total_cost_per_pay_order_for_roi2,total_ecom_platform_subsidy_amount_for_roi2,"
    "total_pay_order_count_for_roi2,total_pay_order_coupon_amount_for_roi2,total_pay_order_gmv_for_roi2,"
    "total_pay_order_gmv_include_coupon_for_roi2,total_prepay_and_pay_order_roi2,"
    "total_prepay_order_count_for_roi2,total_prepay_order_gmv_for_roi2,"
    "total_unfinished_estimate_order_gmv_for_roi2"
)
#: 千川 uni_promotion dimension_data/room adds these
UNI_ROOM_API = _cells(
    "room_id,stat_datetime,advertiser_id,stat_cost_for_roi2,total_prepay_and_pay_settle_roi2_1h,"
    "total_order_settle_amount_for_roi2_1h,total_order_settle_count_for_roi2_1h,"
    "total_cost_per_pay_order_settle_for_roi2_1h,total_order_real_settle_amount_for_roi2_1h,"
    "total_order_settle_amount_rate_for_roi2_1h,total_order_settle_count_rate_for_roi2_1h,"
    "total_refund_order_count_for_roi2_1h,total_refund_order_gmv_for_roi2_1h_all,"
    "total_refund_order_gmv_for_roi2_1h_rate,no_refund_ecom_coupon_amount_for_roi2,"
    "no_refund_ecom_platform_subsidy_amount_for_roi2"
)
#: 随心推 aweme/report/order/get
AWEME_ORDER_API = _cells(
    "ad_id,advertiser_id,average_live_watch_time,click_cnt,click_product,convert_cnt,convert_cost,ctr,"
    "dy_comment,dy_follow,dy_home_visited,dy_like,dy_share,ecp_convert_cnt,ecp_cpa_platform,like_rate,"
    "live_fans_club_join_cnt,live_slidecart_click_cnt,luban_live_click_product_cnt,luban_live_comment_cnt,"
    "luban_live_enter_cnt,luban_live_follow_cnt,luban_live_gift_amount,luban_live_gift_cnt,"
    "luban_live_share_cnt,luban_live_slidecart_click_cnt,marketing_goal,order_id,pay_order_amount,"
    "pay_order_count,play_duration_5s_rate,prepay_and_pay_order_roi,prepay_order_amount,prepay_order_count,"
    "qianchuan_effective_view_convert_count,show_cnt,stat_cost,total_play"
)
#: 千川 long_transfer/order/get
ORDER_LINKS_API = _cells("ad_id,ad_name,order_id,order_amount,order_place_time,is_pay,pay_type,order_flow_source")
#: 千川 素材日报, 15 columns
MATERIALS_15 = _cells(
    "素材名称,素材ID,素材评估,素材时长,素材创建时间,素材来源,标签,整体消耗,净成交ROI,净成交金额,1小时内退款率,"
    "整体支付ROI,整体成交金额,净成交金额结算率,净成交订单数"
)
#: 千川 素材 with 追投
MATERIALS_BOOSTED = _cells("素材ID,素材名称,整体消耗,基础消耗,追投调控消耗,追投调控支付ROI,整体支付ROI")
#: 千川 material-level keys seen
MATERIALS_API = _cells(
    "material_id,roi2_material_video_name,material_create_time_v2,live_show_count_for_roi2_v2,"
    "live_watch_count_for_roi2_v2,live_cvr_rate_for_roi2_v2,live_convert_rate_for_roi2_v2,"
    "basic_stat_cost_for_roi2_v2"
)
