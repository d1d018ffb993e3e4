#include <cblas.h>
#include <cmath>
#include <cstring>
#include <algorithm>
#include <vector>
#include "base/error.h"
#include "run/native/kernels/conv.h"
#include "run/native/kernels/gemm.h"
#include "run/native/kernels/pool.h"
#include "run/native/kernels/reduce.h"
#include "run/native/kernels/strip.h"
#include "run/native/kernels/peak.h"
namespace pullback::kernels {
double fma_peak_gflops(int,double,Isa){return 100;}
static int osz(int in,int ld,int pt,int pb,int k,int d,int s){int x=(in-1)*ld+1+pt+pb;int e=(k-1)*d+1;return x<e?0:(x-e)/s+1;}

size_t gemm_scratch_size(const Gemm&,int,Isa){return 0;}
void gemm(const Gemm&g,const float*a,const float*b,float*c,const GemmEpilogue&e,int,float*,GemmMethod,Isa){cblas_sgemm(CblasRowMajor,g.trans_a?CblasTrans:CblasNoTrans,g.trans_b?CblasTrans:CblasNoTrans,g.m,g.n,g.k,g.alpha,a,g.trans_a?g.m:g.k,b,g.trans_b?g.k:g.n,g.beta,c,g.n);for(int64_t i=0;i<g.m;++i)for(int64_t j=0;j<g.n;++j){float&v=c[i*g.n+j];if(e.bias)v+=e.bias[j];if(e.relu&&v<0)v=0;if(e.mask&&!(e.mask[i*g.n+j]>0))v=0;}}
int Pool2d::out_h()const{return osz(in_h,1,pad_top,pad_bottom,window_h,dilation_h,stride_h);}int Pool2d::out_w()const{return osz(in_w,1,pad_left,pad_right,window_w,dilation_w,stride_w);}
size_t Pool2d::in_size()const{return (size_t)in_h*in_w*channels;}size_t Pool2d::out_size()const{return (size_t)out_h()*out_w()*channels;}
bool max_pool_applicable(const Pool2d&p){return p.window_h*p.window_w<=255;}
template<class F> void pw(const Pool2d&p,F f){for(int i=0;i<p.out_h();++i)for(int j=0;j<p.out_w();++j)for(int a=0;a<p.window_h;++a)for(int b=0;b<p.window_w;++b){int r=i*p.stride_h+a*p.dilation_h-p.pad_top,s=j*p.stride_w+b*p.dilation_w-p.pad_left;if(r<0||s<0||r>=p.in_h||s>=p.in_w)continue;for(int c=0;c<p.channels;++c)f(((size_t)i*p.out_w()+j)*p.channels+c,((size_t)r*p.in_w+s)*p.channels+c,a*p.window_w+b);}}
void max_pool(const Pool2d&p,const float*x,float*y,uint8_t*ix,Isa){std::vector<uint8_t>t;if(!ix){t.resize(p.out_size());ix=t.data();}memset(ix,255,p.out_size());std::fill(y,y+p.out_size(),-INFINITY);pw(p,[&](size_t o,size_t i,int k){if(ix[o]==255||x[i]>y[o]){y[o]=x[i];ix[o]=k;}});}
void max_unpool(const Pool2d&p,const float*dy,const uint8_t*ix,float*dx,Isa){memset(dx,0,p.in_size()*4);pw(p,[&](size_t o,size_t i,int k){if(ix[o]==k)dx[i]+=dy[o];});}
void sum_pool(const Pool2d&p,const float*x,float*y,float s,Isa){memset(y,0,p.out_size()*4);pw(p,[&](size_t o,size_t i,int){y[o]+=s*x[i];});}
void sum_unpool(const Pool2d&p,const float*dy,float*dx,float s,Isa){memset(dx,0,p.in_size()*4);pw(p,[&](size_t o,size_t i,int){dx[i]+=s*dy[o];});}
void reduce_rows(Reduction r,const float*x,int64_t n,int64_t m,float*y,Isa){for(int64_t i=0;i<n;++i){float v=r==Reduction::sum?0:-INFINITY;for(int64_t j=0;j<m;++j)v=r==Reduction::sum?v+x[i*m+j]:std::max(v,x[i*m+j]);y[i]=v;}}
void reduce_columns(Reduction r,const float*x,int64_t n,int64_t m,float*y,Isa){for(int64_t i=0;i<n;++i)for(int64_t j=0;j<m;++j)y[j]=r==Reduction::sum?y[j]+x[i*m+j]:std::max(y[j],x[i*m+j]);}
Strip::Strip(StripProgram p,Isa i):program_(std::move(p)),isa_(i),length_(256){}
size_t Strip::scratch_size()const{return program_.registers+1;}
void Strip::run(std::span<void*const> data,int64_t begin,int64_t end,float*reg)const{
 union L{float f;int32_t i;};
 for(int64_t j=begin;j<end;++j){auto idx=[&](const StripArgument&a){int64_t k=j/a.divide;return a.period?k%a.period:k;};
  auto get=[&](int16_t o){L l;if(o>=0){l.f=reg[o];return l;}const StripArgument&a=program_.arguments[~o];int64_t k=idx(a);if(a.type==StripType::i1)l.i=((uint8_t*)data[~o])[k]?-1:0;else l.f=((float*)data[~o])[k];return l;};
  for(auto&c:program_.code){L a=get(c.a),b{},d{},r{};using S=StripOp;b=get(c.b);d=c.c<0||c.op==S::select?get(c.c):L{};
   auto m=[&](bool x){r.i=x?-1:0;};
   switch(c.op){case S::copy:r=a;break;case S::abs:r.f=std::fabs(a.f);break;case S::negate:r.f=-a.f;break;case S::exponential:r.f=std::exp(a.f);break;case S::log:r.f=std::log(a.f);break;case S::logistic:r.f=1/(1+std::exp(-a.f));break;case S::tanh:r.f=std::tanh(a.f);break;case S::sqrt:r.f=std::sqrt(a.f);break;case S::rsqrt:r.f=1/std::sqrt(a.f);break;case S::sine:r.f=std::sin(a.f);break;case S::cosine:r.f=std::cos(a.f);break;
   case S::add:r.f=a.f+b.f;break;case S::subtract:r.f=a.f-b.f;break;case S::multiply:r.f=a.f*b.f;break;case S::divide:r.f=a.f/b.f;break;case S::maximum:r.f=a.f!=a.f?a.f:b.f!=b.f?b.f:std::max(a.f,b.f);break;case S::minimum:r.f=a.f!=a.f?a.f:b.f!=b.f?b.f:std::min(a.f,b.f);break;case S::power:r.f=std::pow(a.f,b.f);break;
   case S::add_i32:r.i=(int)((unsigned)a.i+(unsigned)b.i);break;case S::subtract_i32:r.i=(int)((unsigned)a.i-(unsigned)b.i);break;case S::multiply_i32:r.i=(int)((unsigned)a.i*(unsigned)b.i);break;case S::maximum_i32:r.i=std::max(a.i,b.i);break;case S::minimum_i32:r.i=std::min(a.i,b.i);break;
   case S::equal:m(a.f==b.f);break;case S::not_equal:m(a.f!=b.f);break;case S::less:m(a.f<b.f);break;case S::less_equal:m(a.f<=b.f);break;case S::greater:m(a.f>b.f);break;case S::greater_equal:m(a.f>=b.f);break;
   case S::equal_i32:m(a.i==b.i);break;case S::not_equal_i32:m(a.i!=b.i);break;case S::less_i32:m(a.i<b.i);break;case S::less_equal_i32:m(a.i<=b.i);break;case S::greater_i32:m(a.i>b.i);break;case S::greater_equal_i32:m(a.i>=b.i);break;
   case S::logical_and:r.i=a.i&b.i;break;case S::logical_or:r.i=a.i|b.i;break;case S::logical_not:r.i=~a.i;break;case S::select:r=a.i?b:d;break;case S::i32_to_f32:r.f=(float)a.i;break;case S::mask_to_f32:r.f=a.i?1:0;break;case S::mask_to_i32:r.i=a.i?1:0;break;case S::f32_to_mask:m(a.f!=0);break;case S::i32_to_mask:m(a.i!=0);break;
   default: throw Error("op");}
   if(c.dst>=0)reg[c.dst]=r.f;else{const StripArgument&q=program_.arguments[~c.dst];if(q.type==StripType::i1)((uint8_t*)data[~c.dst])[j]=r.i!=0;else ((float*)data[~c.dst])[j]=r.f;}}}}
}
