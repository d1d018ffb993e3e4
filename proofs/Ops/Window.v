(* Pooling, and the scatter that max-pooling's cotangent needs (src/ir/ops/window.h). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Builder Ops.Shape Ops.Sliding Ops.Reduce.
Import ListNotations.
Open Scope Z_scope.

(* ---- typing ---- *)
Fixpoint window_slidings (w : list window_dim) (si : shape) : list sliding :=
  match w, si with
  | v :: w, d :: si =>
      Sld d (w_size v) (w_stride v) (w_base v) (w_dilation v) (w_low v) (w_high v) false
      :: window_slidings w si
  | _, _ => []
  end.
Definition window_counts (l : list sliding) : shape := map sliding_count l.
(* an extent that exists; reduce_window_c5, _c7, _c9, _c11: the rest is at least 1 *)
Definition sliding_ok (s : sliding) : bool :=
  (0 <=? d_input s) && (0 <? d_window s) && (0 <? d_stride s) && (0 <? d_base s) && (0 <? d_dilation s)
  && negb (d_reversal s).
(* the input element that window element k of output o meets: none in padding and in holes of dilation *)
Definition tap (s : sliding) (o k : Z) : option Z :=
  let p := o * d_stride s + k * d_dilation s - d_low s in
  if (0 <=? p) && (p mod d_base s =? 0) && (p / d_base s <? d_input s) then Some (p / d_base s) else None.
Definition is_some {X} (x : option X) : bool := match x with Some _ => true | None => false end.
(* no window lies in padding and holes alone; they are tried, so there must not be too many of them *)
Definition few (n : Z) : bool := n <=? 1048576.
Definition windows_meet (s : sliding) : bool :=
  if few (d_window s) && few (sliding_count s)
  then forallb (fun o => existsb (fun k => is_some (tap s o k)) (zseq (d_window s))) (zseq (sliding_count s))
  else false.
Definition windows_full (l : list sliding) : bool :=
  (numel (window_counts l) =? 0) || forallb windows_meet l.

(* Outside the certified domain: the sum of truth values, and the maximum of no elements (-inf). *)
Definition infer_reduce_window (kind : reduction) (w : list window_dim) (ats : list ty) : option ty :=
  match ats with
  | [(e, si)] =>
      let l := window_slidings w si in
      if Nat.eqb (length w) (length si)                              (* reduce_window_c4, c6, c8, c10, c12 *)
         && forallb sliding_ok l                                     (* reduce_window_c5, c7, c9, c11 *)
         && forallb sliding_fits l && require_shape (window_counts l)
         && match kind with RAdd => negb (elt_eqb e I1) | RMax => windows_full l end
      then Some (e, window_counts l)                                 (* reduce_window_c14, c15 *)
      else None
  | _ => None
  end.
(* Outside the certified domain: truth values, and windows in which nothing can be selected. *)
Definition infer_select_and_scatter (w : list window_dim) (ats : list ty) : option ty :=
  match ats with
  | [(e, si); (e', so)] =>
      let l := window_slidings w si in
      if elt_eqb e e'                                                (* select_and_scatter_c1 *)
         && Nat.eqb (length w) (length si)                           (* select_and_scatter_c4, c6, c8 *)
         && forallb sliding_ok l                                     (* select_and_scatter_c5, c7 *)
         && forallb sliding_fits l
         && forallb (fun s => (d_base s =? 1) && (d_dilation s =? 1)) l
         && ieqb so (window_counts l)                                (* select_and_scatter_c2 *)
         && windows_full l && negb (elt_eqb e I1)
      then Some (e, si)                                              (* select_and_scatter_c11 *)
      else None
  | _ => None
  end.

(* ---- meaning ---- *)
(* input index i lies in the window of output o: some window element meets it, in each dimension *)
Fixpoint in_window (l : list sliding) (o i : idx) : bool :=
  match l, o, i with
  | s :: l, a :: o, b :: i => existsb (sliding_meets s a b) (zseq (d_window s)) && in_window l o i
  | [], [], [] => true
  | _, _, _ => false
  end.
(* The operand indices in the window of o, in row-major order. *)
Definition window_at (w : list window_dim) (si : shape) (o : idx) : list idx :=
  filter (in_window (window_slidings w si) o) (indices si).
Definition sem_reduce_window {A} (S : scalar A) (kind : reduction) (w : list window_dim)
  (si : shape) (x : idx -> A) : idx -> A :=
  fun o => sem_reduction S kind (window_at w si o) x.
(* result[i] = sum of source[o] over the windows o whose first maximum is at i *)
Definition sem_select_and_scatter {A} (S : scalar A) (w : list window_dim)
  (si so : shape) (x source : idx -> A) : idx -> A :=
  fun i => sumL S (fun o => match argmax S (window_at w si o) x with
                            | Some j => if ieqb j i then source o else s0 S | None => s0 S end) (indices so).

(* ---- VJP templates (src/ir/ops/window_vjp.cpp) ---- *)
Definition allz (l : list Z) (v : Z) : bool := forallb (Z.eqb v) l.
Fixpoint padded_shape (low high interior : list Z) (s : shape) : shape :=
  match low, high, interior, s with
  | l :: low, h :: high, n :: interior, d :: s =>
      l + dilated d (n + 1) + h :: padded_shape low high interior s
  | _, _, _, _ => []
  end.
(* Pads with a constant, unless there is nothing to pad. *)
Definition pads_nothing (low high interior : list Z) : bool := allz low 0 && allz high 0 && allz interior 0.
Definition emit_pad (x : val) (v : decimal) (low high interior : list Z) : build val :=
  if pads_nothing low high interior then ret x else
  filling <- emit_constant (fst (snd x), []) v ;;
  emit (Pad low high interior) [x; filling] (fst (snd x), padded_shape low high interior (vshape x)).
(* Slices to the result's shape s, unless that is everything. *)
Definition emit_slice (x : val) (start limit strides : list Z) (s : shape) : build val :=
  if allz start 0 && ieqb limit (vshape x) && allz strides 1 then ret x else
  emit (Slice start limit strides) [x] (fst (snd x), s).

(* The windowed sum's adjoint: with k = window - 1 - k' the window's equation, solved for i, is
   i * base_dilation + k' * window_dilation - low' = o * stride, low' = (window - 1) * window_dilation - low:
   the cotangent, spread by the stride and padded to fit, is summed over the same window. *)
Definition reach (s : sliding) : Z := (d_window s - 1) * d_dilation s.
Definition spread_extent (s : sliding) : Z := dilated (d_input s) (d_base s) + reach s.
Definition spread_low (s : sliding) : Z := reach s - d_low s.
Definition spread_high (s : sliding) : Z :=
  spread_extent s - spread_low s - dilated (sliding_count s) (d_stride s).
Definition adjoint_window (s : sliding) : window_dim := Win (d_window s) (d_base s) 1 (d_dilation s) 0 0.
Definition emit_sum_cotangent (l : list sliding) (cotangent : val) (t : ty) : build val :=
  spread <- emit_pad cotangent dzero (map spread_low l) (map spread_high l)
              (map (fun s => d_stride s - 1) l) ;;
  if forallb (fun s => (d_window s =? 1) && (d_base s =? 1)) l then ret spread else
  emit (ReduceWindow RAdd (map adjoint_window l)) [spread] t.

(* FirstMaximum: the windows unrolled over the window's elements, for element k in row-major order the mask
   hit_k[o] = (x[o, k] = max[o]) and x[o, k] is no padding and no hit_j[o] with j < k. *)
Definition emit_padded (l : list sliding) (x : val) (v : decimal) : build val :=
  emit_pad x v (map d_low l) (map d_high l) (map (fun s => d_base s - 1) l).
Fixpoint element_start (l : list sliding) (k : idx) : list Z :=
  match l, k with s :: l, a :: k => a * d_dilation s :: element_start l k | _, _ => [] end.
Fixpoint element_limit (l : list sliding) (k : idx) : list Z :=
  match l, k with
  | s :: l, a :: k => a * d_dilation s + dilated (sliding_count s) (d_stride s) :: element_limit l k
  | _, _ => []
  end.
(* The elements k of all windows, from a value of the padded shape. *)
Definition emit_elements (l : list sliding) (k : idx) (x : val) : build val :=
  emit_slice x (element_start l k) (element_limit l k) (map d_stride l) (window_counts l).
Fixpoint minus2 (a b c : list Z) : list Z :=
  match a, b, c with x :: a, y :: b, z :: c => x - y - z :: minus2 a b c | _, _, _ => [] end.
(* Its adjoint: values of the result's shape put back to where elements k came from, 0 elsewhere. *)
Definition emit_put_back (l : list sliding) (total : shape) (k : idx) (z : val) : build val :=
  let low := element_start l k in
  let high := minus2 total low (map (fun s => dilated (sliding_count s) (d_stride s)) l) in
  emit_pad z dzero low high (map (fun s => d_stride s - 1) l).
(* Of a value of the padded shape, what lies on the operand. *)
Definition emit_unpadded (l : list sliding) (x : val) : build val :=
  let none := map (fun _ => 0) l in
  y <- emit_pad x dzero (map (fun s => - d_low s) l) (map (fun s => - d_high s) l) none ;;
  emit_slice y none (vshape y) (map d_base l) (map d_input l).

(* maximum of each window, padded operand, validity mask; taken and last_hit so far *)
Record first_maximum := FM { f_maximum : val; f_padded : val; f_valid : option val }.
Definition emit_first_maximum (l : list sliding) (operand maximum : val) : build first_maximum :=
  padded <- emit_padded l operand NegInf ;;
  if pads_nothing (map d_low l) (map d_high l) (map (fun s => d_base s - 1) l)
  then ret (FM maximum padded None) else
  mask <- emit_constant (I1, vshape operand) done ;;
  valid <- emit_padded l mask dzero ;;
  ret (FM maximum padded (Some valid)).
(* from what earlier elements have taken and the last hit: both anew, and the mask *)
Definition emit_hit (l : list sliding) (f : first_maximum) (k : idx) (taken last : option val)
  : build (option val * val * val) :=
  let mask := (I1, window_counts l) in
  elements <- emit_elements l k (f_padded f) ;;
  equal <- emit (Compare EQ) [elements; f_maximum f] mask ;;
  hit <- match f_valid f with
         | None => ret equal
         | Some valid => there <- emit_elements l k valid ;; emit (Binary And) [equal; there] mask
         end ;;
  now <- match taken, last with
         | Some t, Some h => x <- emit (Binary Or) [t; h] mask ;; ret (Some x)
         | _, _ => ret last
         end ;;
  match now with
  | None => ret (None, hit, hit)
  | Some t =>
      free <- emit (Unary Not) [t] mask ;;
      first <- emit (Binary And) [hit; free] mask ;;
      ret (now, hit, first)
  end.
(* the sum over the window's elements ks of what term makes of each mask *)
Fixpoint emit_hits (l : list sliding) (f : first_maximum) (term : idx -> val -> build val) (t : ty)
    (ks : list idx) (taken last sum : option val) : build (option val) :=
  match ks with
  | [] => ret sum
  | k :: ks =>
      h <- emit_hit l f k taken last ;;
      x <- term k (snd h) ;;
      y <- match sum with None => ret x | Some s => emit (Binary Add) [s; x] t end ;;
      emit_hits l f term t ks (fst (fst h)) (Some (snd (fst h))) (Some y)
  end.
Definition emit_all_hits l f term t : build (option val) :=
  emit_hits l f term t (indices (map d_window l)) None None None.

(* d.x = sum over k of put_back_k(hit_k * ct) *)
Definition emit_maximum_cotangent (l : list sliding) (x result cotangent : val) : build (option val) :=
  f <- emit_first_maximum l x result ;;
  zero <- emit_constant (snd cotangent) dzero ;;
  let term k hit :=
    part <- emit Select [hit; cotangent; zero] (snd cotangent) ;;
    emit_put_back l (vshape (f_padded f)) k part in
  sum <- emit_all_hits l f term (snd (f_padded f)) ;;
  match sum with None => ret None | Some s => y <- emit_unpadded l s ;; ret (Some y) end.

Definition has_dilation (w : list window_dim) : bool :=
  existsb (fun v => (1 <? w_base v) || (1 <? w_dilation v)) w.
Definition is_empty (t : ty) : bool := numel (snd t) =? 0.
Definition vjp_reduce_window (kind : reduction) (w : list window_dim)
  (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  match needs, ats with
  | [n], [t] =>
      let l := window_slidings w (snd t) in
      let cotangent := (2%nat, rt) in
      let some (m : build val) : build (list (option val)) := y <- m ;; ret [Some y] in
      Some (built 1 (
        if negb n then ret [None] else
        if is_empty t || is_empty rt then some (emit_constant t dzero) else
        match kind with
        | RAdd => some (emit_sum_cotangent l cotangent t)
        | RMax =>
            if has_dilation w then y <- emit_maximum_cotangent l (0%nat, t) (1%nat, rt) cotangent ;; ret [y]
            else some (emit (SelectAndScatter w) [(0%nat, t); cotangent] t)
        end))
  | _, _ => None
  end.

(* d.source = sum over k of hit_k * ct[o, k]; the operand only selects, so it gets no cotangent. *)
Definition emit_source_cotangent (w : list window_dim) (l : list sliding) (x cotangent : val) (t : ty)
  : build (option val) :=
  maximum <- emit (ReduceWindow RMax w) [x] t ;;
  f <- emit_first_maximum l x maximum ;;
  padded <- emit_padded l cotangent dzero ;;
  zero <- emit_constant t dzero ;;
  let term k hit := elements <- emit_elements l k padded ;; emit Select [hit; elements; zero] t in
  emit_all_hits l f term t.
Definition vjp_select_and_scatter (w : list window_dim) (needs : list bool) (ats : list ty) (rt : ty)
  : option template :=
  match needs, ats with
  | [_; n], [tx; t] =>
      Some (built 2 (
        if negb n then ret [None; None] else
        if is_empty t || is_empty tx then y <- emit_constant t dzero ;; ret [None; Some y] else
        y <- emit_source_cotangent w (window_slidings w (snd tx)) (0%nat, tx) (3%nat, rt) t ;; ret [None; y]))
  | _, _ => None
  end.
