(* Sign analysis: what is known of all elements of a value, whatever the arguments are. From the operands'
   signs, `transfer` gives the result's, and `okc` whether an op's side condition holds at every point.
   No reals; Certificate/SignProof.v proves both sound. *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Index Syntax Ops.Op.
Import ListNotations.
Open Scope Z_scope.

(* What is known of a number: nothing, that it is not negative, that it is positive. *)
Inductive level := Unknown | Nonnegative | Positive.
Definition nonneg (l : level) : bool := match l with Unknown => false | _ => true end.
Definition positive_ (l : level) : bool := match l with Positive => true | _ => false end.
Definition level_of (p n : bool) : level := if p then Positive else if n then Nonnegative else Unknown.
(* Both are known of the number; either may hold of it; of a sum; of a product. *)
Definition best (a b : level) : level := level_of (positive_ a || positive_ b) (nonneg a || nonneg b).
Definition weakest (a b : level) : level := level_of (positive_ a && positive_ b) (nonneg a && nonneg b).
Definition sum_level (a b : level) : level :=
  if nonneg a && nonneg b then best a b else Unknown.
Definition product_level (a b : level) : level := weakest a b.
(* Of a sum of any number of such numbers, perhaps none. *)
Definition many (a : level) : level := level_of false (nonneg a).

(* What is known of x: the levels of x, -x, 1 - x and x - 1. *)
Record sgn := Sgn { s_pos : level; s_neg : level; s_under : level; s_over : level }.
Definition anything := Sgn Unknown Unknown Unknown Unknown.
Definition truth_value := Sgn Nonnegative Unknown Nonnegative Unknown.
Definition either (a b : sgn) : sgn :=
  Sgn (weakest (s_pos a) (s_pos b)) (weakest (s_neg a) (s_neg b))
      (weakest (s_under a) (s_under b)) (weakest (s_over a) (s_over b)).
Definition sums (a : sgn) : sgn := Sgn (many (s_pos a)) (many (s_neg a)) Unknown Unknown.
Definition nonzero (a : sgn) : bool := positive_ (s_pos a) || positive_ (s_neg a).

(* ---- elementwise ops ---- *)
Definition sign_unary (u : unary_op) (a : sgn) : sgn :=
  match u with
  | Abs => Sgn (level_of (nonzero a) true) Unknown Unknown Unknown
  | Negate => Sgn (s_neg a) (s_pos a) Unknown Unknown
  | Exponential => Sgn Positive Unknown (s_neg a) (s_pos a)
  | Logistic => Sgn Positive Unknown Positive Unknown
  | Tanh => Sgn (s_pos a) (s_neg a) Positive Unknown
  | Sqrt => Sgn (level_of (positive_ (s_pos a)) true) Unknown Unknown Unknown
  | Rsqrt => Sgn (level_of (positive_ (s_pos a)) false) Unknown Unknown Unknown
  | Sine | Cosine => Sgn Unknown Unknown Nonnegative Unknown
  | Not => truth_value
  | ExponentialMinusOne | Cbrt | Atan | Sinh => Sgn (s_pos a) (s_neg a) Unknown Unknown
  | LogPlusOne => Sgn (s_pos a) Unknown Unknown Unknown
  | Floor => Sgn (many (s_pos a)) (s_neg a) (s_under a) Unknown
  | Ceil => Sgn (s_pos a) (many (s_neg a)) Unknown (s_over a)
  | Sign => Sgn (s_pos a) (s_neg a) Nonnegative Unknown
  | Erf => Sgn (s_pos a) (s_neg a) Positive Unknown
  | Erfc => Sgn Positive Unknown (s_pos a) (s_neg a)
  | Cosh => Sgn Positive Unknown Unknown Nonnegative
  | Asinh => Sgn (s_pos a) Unknown Unknown Unknown
  | Swish | Gelu | GeluTanh => Sgn (s_pos a) (s_neg a) Unknown Unknown
  | Log | Tan | RoundNearestAfz | RoundNearestEven | Asin | Acos | Acosh | Atanh => anything
  end.
Definition sign_subtract (a b : sgn) : sgn :=
  Sgn (best (sum_level (s_pos a) (s_neg b)) (sum_level (s_over a) (s_under b)))
      (best (sum_level (s_neg a) (s_pos b)) (sum_level (s_under a) (s_over b)))
      (sum_level (s_under a) (s_pos b)) (sum_level (s_over a) (s_neg b)).
Definition product_sign (a b : sgn) : level :=
  best (product_level (s_pos a) (s_pos b)) (product_level (s_neg a) (s_neg b)).
Definition product_opposite (a b : sgn) : level :=
  best (product_level (s_pos a) (s_neg b)) (product_level (s_neg a) (s_pos b)).
(* `same`: both operands are one value. *)
Definition sign_binary (o : binary_op) (same : bool) (a b : sgn) : sgn :=
  match o with
  | Add => Sgn (sum_level (s_pos a) (s_pos b)) (sum_level (s_neg a) (s_neg b))
               (best (sum_level (s_under a) (s_neg b)) (sum_level (s_neg a) (s_under b)))
               (best (sum_level (s_over a) (s_pos b)) (sum_level (s_pos a) (s_over b)))
  | Subtract => sign_subtract a b
  | Multiply => Sgn (best (product_sign a b) (level_of false same)) (product_opposite a b)
                    (sum_level (s_under a) (product_level (s_pos a) (s_under b)))
                    (sum_level (s_over a) (product_level (s_pos a) (s_over b)))
  | Divide =>
      if positive_ (s_pos b) then Sgn (s_pos a) (s_neg a) Unknown Unknown
      else if positive_ (s_neg b) then Sgn (s_neg a) (s_pos a) Unknown Unknown else anything
  | Maximum => Sgn (best (s_pos a) (s_pos b)) (weakest (s_neg a) (s_neg b))
                   (weakest (s_under a) (s_under b)) (best (s_over a) (s_over b))
  | Minimum => Sgn (weakest (s_pos a) (s_pos b)) (best (s_neg a) (s_neg b))
                   (best (s_under a) (s_under b)) (weakest (s_over a) (s_over b))
  | Power => Sgn (level_of (positive_ (s_pos a)) false) Unknown Unknown Unknown
  | And | Or | Xor => truth_value
  | Remainder | Atan2 => anything
  end.

(* of a sum *)
Definition gains (a b : sgn) : sgn := sign_binary Add false a b.

(* ---- constants ---- *)
Definition level_Z (z : Z) : level := level_of (0 <? z) (0 <=? z).
(* Far from 1 in scale, nothing is computed. *)
Definition sign_decimal (d : decimal) : sgn :=
  match d with
  | Dec m e =>
      let near k := if Z.abs e <=? 40 then level_Z k else Unknown in
      let a := m * 10 ^ e in
      let b := 10 ^ (- e) in
      Sgn (level_Z m) (level_Z (- m)) (near (if 0 <=? e then 1 - a else b - m))
          (near (if 0 <=? e then a - 1 else m - b))
  | NegZero => Sgn Nonnegative Nonnegative Positive Unknown
  | PosInf | NegInf | NaN => anything
  end.
Definition sign_values (values : list decimal) : sgn :=
  match values with
  | [] => anything
  | v :: l => fold_right (fun d => either (sign_decimal d)) (sign_decimal v) l
  end.

(* ---- all ops ---- *)
Definition sign_reduce (kind : reduction) (s : shape) (a : sgn) : sgn :=
  match kind with
  | RAdd => if forallb (Z.ltb 0) s
            then Sgn (s_pos a) (s_neg a) Unknown Unknown else sums a
  | RMax => a
  end.
Definition transfer (o : op) (same : bool) (ats : list ty) (rt : ty) (ss : list sgn) : sgn :=
  match o, ats, ss with
  | Unary u, _, [a] => sign_unary u a
  | Binary b, _, [x; y] => sign_binary b same x y
  | Compare _, _, _ => truth_value
  | Select, _, [_; x; y] => either x y
  | Convert I1, _, _ | IsFinite, _, _ => truth_value
  | Convert _, _, [a] => a
  | Clamp, _, [l; x; u] => sign_binary Minimum false (sign_binary Maximum false x l) u
  | Constant _ v, _, _ => sign_values v
  | Iota _ _, _, _ => Sgn Nonnegative Unknown Unknown Unknown
  | (BroadcastInDim _ _ | Reshape _ | Transpose _ | Reverse _ | Slice _ _ _), _, [a] => a
  | Pad _ _ _, _, [a; v] => either a v
  | Concatenate _, _, a :: l => fold_right either a l
  | DynamicSlice _, _, a :: _ => a
  | DynamicUpdateSlice, _, a :: u :: _ => either u a
  | Gather _ _ _, _, a :: _ => a
  | Scatter UAdd _ _ _, _, [a; _; u] => gains a (sums u)
  | Scatter UReplace _ _ _, _, [a; _; u] => either u a
  | Reduce k _, [t], [a] => sign_reduce k (snd t) a
  | ReduceWindow RAdd _, _, [a] => sums a
  | ReduceWindow RMax _, _, [a] => a
  | SelectAndScatter _, _, [_; a] => sums a
  | (DotGeneral _ _ _ _ | Convolution _), _, [a; b] =>
      Sgn (many (product_sign a b)) (many (product_opposite a b)) Unknown Unknown
  | Softmax _, _, _ => Sgn Positive Unknown Nonnegative Unknown
  | LogSoftmax _, _, _ => Sgn Unknown Nonnegative Nonnegative Unknown
  | _, _, _ => anything
  end.

(* Is the op's side condition true at every point? *)
Definition okc (o : op) (ats : list ty) (rt : ty) (ss : list sgn) : bool :=
  match o, ss with
  | Unary (Log | Sqrt | Rsqrt), [a] => positive_ (s_pos a)
  | Unary LogPlusOne, [a] => nonneg (s_pos a)
  | Unary (Asin | Acos | Atanh), [a] => nonneg (s_pos a) && positive_ (s_under a)
  | Unary Acosh, [a] => positive_ (s_over a)
  | Unary (Abs | Sign), [a] => negb (tfloat rt) || nonzero a
  | Unary Cbrt, [a] => nonzero a
  | Binary Divide, [_; b] => nonzero b
  | Binary Power, [a; _] => positive_ (s_pos a)
  | Binary Atan2, [a; b] => nonzero a || positive_ (s_pos b)
  | Clamp, [l; x; u] =>
      negb (tfloat rt)
      || nonzero (sign_subtract x l) && nonzero (sign_subtract (sign_binary Maximum false x l) u)
  | Binary (Maximum | Minimum), [a; b] => negb (tfloat rt) || nonzero (sign_subtract a b)
  | Compare _, [a; b] => forallb (fun t => negb (tfloat t)) ats || nonzero (sign_subtract a b)
  | Convert I1, [a] => forallb (fun t => negb (tfloat t)) ats || nonzero a
  | Convert _, _ => true
  | Unary (Log | Sqrt | Rsqrt | Abs | Sign | LogPlusOne | Cbrt | Asin | Acos | Atanh | Acosh), _ => false
  | Unary (Tan | Floor | Ceil | RoundNearestAfz | RoundNearestEven), _ => false
  | Binary (Divide | Power | Maximum | Minimum | Remainder | Atan2), _ => false
  | (Compare _ | Clamp), _ => false
  | Scatter UReplace _ _ _, _ => false
  | (Reduce RMax _ | ReduceWindow RMax _ | SelectAndScatter _), _ => false
  | _, _ => true
  end.
